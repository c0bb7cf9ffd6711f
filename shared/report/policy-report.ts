import type { KubeObject } from '../kube/kube.ts';
import { CONTENT_ANNOTATION, reportContent } from './report-content.ts';
import type { ReportDialect } from './report-dialect.ts';
import { REPORT_SOURCE, type ReportRow } from './report-row.ts';
import { reportName, type ReportSubject } from './report-subject.ts';
import type { RuleResult } from './rule-result.ts';

/** More results than anybody reads; of more the worst are told. */
const MAX_RESULTS = 200;

/** All results together, as JSON: etcd takes 1.5 MB an object, and in UTF-8 texts are longer. Characters. */
const MAX_LENGTH = 500_000;

const LEFT_OUT_ANNOTATION = 'sign-policy.dev/results-left-out';

/** The report about one object, which goes when the object goes. */
export function policyReport(
  subject: ReportSubject,
  rows: readonly ReportRow[],
  dialect: ReportDialect,
): KubeObject {
  const { kind, group, version, name } = reportName(subject, dialect);
  const { namespace, ...owner } = subject;
  const inNamespace = namespace === '' ? {} : { namespace };
  const told = worstOf(rows);
  const leftOut = rows.length - told.length;
  return {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: {
      name,
      ...inNamespace,
      labels: { 'app.kubernetes.io/managed-by': REPORT_SOURCE },
      annotations: {
        [CONTENT_ANNOTATION]: reportContent(rows),
        ...(leftOut > 0 ? { [LEFT_OUT_ANNOTATION]: String(leftOut) } : {}),
      },
      ownerReferences: [owner],
    },
    ...(dialect.hasSource ? { source: REPORT_SOURCE } : {}),
    scope: { ...owner, ...inNamespace },
    summary: summaryOf(rows),
    results: told,
  };
}

function summaryOf(rows: readonly ReportRow[]): Readonly<Record<RuleResult, number>> {
  const counts = { pass: 0, fail: 0, skip: 0, warn: 0, error: 0 };
  for (const { result } of rows) counts[result] += 1;
  return counts;
}

const WORST_FIRST: readonly RuleResult[] = ['fail', 'error', 'warn', 'pass', 'skip'];

/** Whoever writes a policy for a namespace says how long its own results are: they must not keep others out. */
function worstOf(rows: readonly ReportRow[]): readonly ReportRow[] {
  const ranked = rows.toSorted(
    (one, other) => WORST_FIRST.indexOf(one.result) - WORST_FIRST.indexOf(other.result),
  );
  let length = 0;
  const told = new Set(
    ranked.slice(0, MAX_RESULTS).filter((row) => {
      const own = JSON.stringify(row).length;
      if (length + own > MAX_LENGTH) return false;
      length += own;
      return true;
    }),
  );
  return rows.filter((row) => told.has(row));
}
