import type { Reporting, Severity } from './model.ts';

const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

/** By this a policy's author has what fails reported as a warning. */
const SCORED_ANNOTATION = 'policies.kyverno.io/scored';

/**
 * What a policy's annotations say about its reports (Kyverno 1.19). A severity that reports do not know is left out,
 * since an API server would refuse the report.
 */
export function readReporting(
  annotations: Readonly<Record<string, string>>,
  background: boolean,
): Reporting {
  const severity = annotations['policies.kyverno.io/severity'];
  return {
    background,
    isScored: annotations[SCORED_ANNOTATION] !== 'false',
    category: annotations['policies.kyverno.io/category'],
    severity: SEVERITIES.find((known) => known === severity),
  };
}
