import type { RuleResult } from '#shared/report/rule-result.ts';

/**
 * What became of one test: as expected, not as expected, could not be found out, or about something that
 * another engine does.
 */
export type RowStatus = 'passed' | 'failed' | 'undecided' | 'not handled';

/** One rule and one object of one expectation. */
export interface Row {
  readonly policy: string;
  readonly rule: string;
  /** `Pod/default/web`, or what the suite calls an object that is not there. */
  readonly resource: string;
  readonly expected: RuleResult;
  /** Undefined where no rule was looked at. */
  readonly found: RuleResult | undefined;
  readonly status: RowStatus;
  /** A few words. */
  readonly reason: string;
  readonly lines: readonly string[];
}

/** The rows of one suite. */
export interface SuiteRows {
  readonly name: string;
  readonly path: string;
  /** Time of the recording that answered, ISO 8601; undefined where registries were asked. */
  readonly recordedAt: string | undefined;
  readonly rows: readonly Row[];
}

/** How many rows there are of each status. */
export function countRows(suites: readonly SuiteRows[]): ReadonlyMap<RowStatus, number> {
  const counts = new Map<RowStatus, number>();
  for (const { status } of suites.flatMap(({ rows }) => rows))
    counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}
