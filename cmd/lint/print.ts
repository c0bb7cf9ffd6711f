import type { LintedDocument } from './finding.ts';
import { githubOf } from './github.ts';
import { lintResult } from './result.ts';
import { sarifOf } from './sarif.ts';
import { formatLint, type TableOptions } from './table.ts';

/** Printer by output format; the table takes what the others have no use for. */
const PRINTERS: ReadonlyMap<string, (documents: readonly LintedDocument[]) => string> = new Map([
  ['json', (documents) => `${JSON.stringify(lintResult(documents), undefined, 2)}\n`],
  ['sarif', (documents) => `${JSON.stringify(sarifOf(documents), undefined, 2)}\n`],
  ['github', githubOf],
]);

/** What was found in the format the user chose; a table unless `format` names another. */
export function printLint(
  documents: readonly LintedDocument[],
  format: string,
  table: TableOptions,
): string {
  return PRINTERS.get(format)?.(documents) ?? formatLint(documents, table);
}
