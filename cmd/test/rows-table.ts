import type { Colour, Style } from '../print/style.ts';
import { type Cell, formatTable } from '../print/table.ts';
import { printable } from '../print/tree.ts';
import { type Row, type RowStatus, type SuiteRows, countRows } from './row.ts';

export interface TableOptions {
  readonly style: Style;
  /** Leaves out what passed; the sum is still of everything. */
  readonly failOnly: boolean;
  /** Says of every test what was found, not only of those that did not pass. */
  readonly detailed: boolean;
}

/** Lists of what was found grow with what an image carries. Characters. */
const MAX_LINE = 2_000;

const HEADERS = ['ID', 'POLICY', 'RULE', 'RESOURCE', 'EXPECTED', 'FOUND', 'RESULT'];

const PAINT: Readonly<Record<RowStatus, Colour>> = {
  passed: 'green',
  failed: 'red',
  undecided: 'yellow',
  'not handled': 'cyan',
};

/** The view for people: a table for each suite, what was found, and the sum. */
export function formatRows(
  shown: readonly SuiteRows[],
  all: readonly SuiteRows[],
  options: TableOptions,
): string {
  const suites = shown.filter(({ rows }) => rows.length > 0);
  const parts = suites.map((suite) => formatSuite(suite, options));
  return [...parts, `Test Summary: ${summary(all)}\n`].join('\n');
}

function formatSuite(suite: SuiteRows, options: TableOptions): string {
  const { name, path, recordedAt, rows } = suite;
  const { style, detailed } = options;
  const source = recordedAt === undefined ? '' : `, as recorded at ${recordedAt}`;
  const table = formatTable(
    { headers: HEADERS, rows: rows.map((row, index) => cellsOf(row, index + 1)) },
    style,
  );
  const notes = rows.flatMap((row, index) =>
    detailed || row.status !== 'passed' ? [noteOf(row, index + 1)] : [],
  );
  return `${style('bold', printable(name))} (${printable(path)})${source}\n${table}${notes.length === 0 ? '' : `\n${notes.join('')}`}`;
}

function cellsOf(row: Row, id: number): readonly Cell[] {
  const { policy, rule, resource, expected, found = '-', status, reason } = row;
  const result = status === 'passed' ? status : `${status}: ${reason}`;
  return [
    { text: String(id) },
    ...[policy, rule, resource, expected, found].map((text) => ({ text: printable(text) })),
    { text: status === 'not handled' ? reason : result, paint: PAINT[status] },
  ];
}

/** Why a test came out as it did, indented below its number. */
function noteOf({ policy, rule, resource, lines }: Row, id: number): string {
  const title = `${id}. ${policy}/${rule} ${resource}:`;
  return [title, ...lines.map((line) => `   ${line}`)]

    .map((line) => `${printable(line, MAX_LINE)}\n`)

    .join('');
}

function summary(suites: readonly SuiteRows[]): string {
  const counts = countRows(suites);
  const count = (status: RowStatus): number => counts.get(status) ?? 0;
  const others = [
    ...(count('undecided') > 0 ? [`${count('undecided')} could not be decided`] : []),
    ...(count('not handled') > 0 ? [`${count('not handled')} are not handled here`] : []),
  ];
  const known = `${count('passed')} tests passed and ${count('failed')} tests failed`;
  return [known, ...others].join(', ');
}
