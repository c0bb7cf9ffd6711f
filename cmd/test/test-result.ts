import { type Row, type SuiteRows, countRows } from './row.ts';

/** The document of `-o json`; fields are only ever added (docs/test.md). */
export interface TestResult {
  readonly apiVersion: 'sign-policy.dev/v1alpha1';
  readonly kind: 'TestResult';
  readonly summary: {
    readonly passed: number;
    readonly failed: number;
    readonly undecided: number;
    readonly notHandled: number;
  };
  readonly suites: readonly {
    readonly name: string;
    readonly path: string;
    /** Null where registries were asked. */
    readonly recordedAt: string | null;
    readonly results: readonly ResultRow[];
  }[];
}

interface ResultRow {
  readonly policy: string;
  readonly rule: string;
  readonly resource: string;
  readonly expected: string;
  readonly found: string | null;
  readonly status: 'passed' | 'failed' | 'undecided' | 'not handled';
  readonly reason: string;
  readonly details: readonly string[];
}

/** The structured form of the rows to show, with the sum of all. */
export function testResult(shown: readonly SuiteRows[], all: readonly SuiteRows[]): TestResult {
  const counts = countRows(all);
  return {
    apiVersion: 'sign-policy.dev/v1alpha1',
    kind: 'TestResult',
    summary: {
      passed: counts.get('passed') ?? 0,
      failed: counts.get('failed') ?? 0,
      undecided: counts.get('undecided') ?? 0,
      notHandled: counts.get('not handled') ?? 0,
    },
    suites: shown.map(({ name, path, recordedAt = null, rows }) => ({
      name,
      path,
      recordedAt,
      results: rows.map(resultRow),
    })),
  };
}

function resultRow(row: Row): ResultRow {
  const { policy, rule, resource, expected, found = null, status, reason, lines } = row;
  return { policy, rule, resource, expected, found, status, reason, details: lines };
}
