import { formatYaml } from '../print/yaml.ts';
import { objectName } from './admission-request.ts';
import { type Judgement, isRefused } from './judgement.ts';
import { dryRunResult, patchLine } from './result.ts';
import { type TableOptions, formatJudgements } from './table.ts';

/** Printer by output format; tables take what the others have no use for. */
const PRINTERS: ReadonlyMap<string, (judgements: readonly Judgement[]) => string> = new Map([
  ['json', (judgements) => `${JSON.stringify(dryRunResult(judgements), undefined, 2)}\n`],
  ['yaml', (judgements) => formatYaml(dryRunResult(judgements))],
  ['name', (judgements) => lines(judgements.map(({ request }) => objectName(request)))],
  ['patch', (judgements) => lines(judgements.map(patchLine))],
]);

/** The judgements in the format the user chose; a table unless `format` names another. */
export function printJudgements(
  judgements: readonly Judgement[],
  format: string | undefined,
  table: TableOptions,
): string {
  const printer = PRINTERS.get(format ?? '');
  if (printer === undefined) return formatJudgements(judgements, table);
  return printer(table.refusedOnly ? judgements.filter(isRefused) : judgements);
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
