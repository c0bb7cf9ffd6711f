import { junitOf } from './junit.ts';
import { type TableOptions, formatRows } from './rows-table.ts';
import type { SuiteRows } from './row.ts';
import { testResult } from './test-result.ts';

export interface PrintOptions extends TableOptions {
  readonly format: string;
}

/** The rows in the format that the user chose: `table`, `json` or `junit`. */
export function printRows(suites: readonly SuiteRows[], options: PrintOptions): string {
  const shown = options.failOnly ? suites.map(withoutPassed) : suites;
  switch (options.format) {
    case 'json':
      return `${JSON.stringify(testResult(shown, suites), undefined, 2)}\n`;
    case 'junit':
      return junitOf(shown);
    default:
      return formatRows(shown, suites, options);
  }
}

function withoutPassed(suite: SuiteRows): SuiteRows {
  return { ...suite, rows: suite.rows.filter(({ status }) => status !== 'passed') };
}
