import { sha256Digest } from '../base/digest.ts';
import { stringAt } from '../base/json-value.ts';
import type { KubeObject } from '../kube/kube.ts';
import { REPORT_SOURCE, type ReportRow } from './report-row.ts';
import { RULE_RESULTS } from './rule-result.ts';

/** Tells what a report says without its results. */
export const CONTENT_ANNOTATION: string = 'sign-policy.dev/content';

/** Enough to tell two contents of one report apart. Hex digits. */
const HASH_LENGTH = 16;

/** The content of no report at all. */
const NO_CONTENT = 'none';

/** What a report says, whenever and however that came about, in short. */
export function reportContent(rows: readonly ReportRow[]): string {
  if (rows.length === 0) return NO_CONTENT;
  // In an order of our own: API servers give fields back in another.
  const lasting = rows.map(
    ({ policy, rule, result, message, scored, category, severity, ...row }) => {
      const { process: _process, ...properties } = row.properties;
      const pairs = Object.entries(properties).toSorted(([one], [other]) => (one < other ? -1 : 1));
      return [policy, rule, result, message, scored, category, severity, pairs];
    },
  );
  return sha256Digest(JSON.stringify(lasting)).slice('sha256:'.length).slice(0, HASH_LENGTH);
}

/** The same of a stored report, undefined for none. */
export function storedContent(report: Pick<KubeObject, 'metadata'> | undefined): string {
  return stringAt(report?.metadata, 'annotations', CONTENT_ANNOTATION) ?? NO_CONTENT;
}

/** The rows of a stored report; what has not the form of one is left out. */
export function rowsOf(report: KubeObject | undefined): readonly ReportRow[] {
  const results = report?.['results'];
  if (!Array.isArray(results)) return [];
  return results.filter(
    (row): row is ReportRow =>
      stringAt(row, 'source') === REPORT_SOURCE &&
      stringAt(row, 'policy') !== undefined &&
      stringAt(row, 'rule') !== undefined &&
      RULE_RESULTS.some((known) => known === stringAt(row, 'result')),
  );
}
