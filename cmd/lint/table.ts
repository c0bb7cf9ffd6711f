import { plural } from '../print/plural.ts';
import type { Colour, Style } from '../print/style.ts';
import { type Cell, formatTable } from '../print/table.ts';
import { printable } from '../print/tree.ts';
import {
  type Finding,
  isFailing,
  type LintedDocument,
  type Severity,
  type State,
} from './finding.ts';
import { countStates } from './result.ts';

export interface TableOptions {
  readonly style: Style;
  /** Whether warnings fail too. */
  readonly strict: boolean;
}

/** Longer than any fault that names a value. Characters. */
const MAX_LINE = 1_000;

const STATES: Readonly<Record<State, readonly [text: string, colour: Colour]>> = {
  runs: ['runs as it is', 'green'],
  differs: ['runs with a difference', 'yellow'],
  foreign: ['not about images, left to others', 'cyan'],
  refused: ['refused', 'red'],
};

const PAINT: Readonly<Record<Severity, Colour>> = {
  error: 'red',
  unsupported: 'red',
  warning: 'yellow',
  note: 'dim',
};

/** The view for people: what becomes of each document, then every finding with its place. */
export function formatLint(documents: readonly LintedDocument[], options: TableOptions): string {
  const { style } = options;
  const shown = documents.filter(({ isPolicy }) => isPolicy);
  const table = formatTable(
    { headers: ['FILE', 'POLICY', 'RESULT'], rows: shown.map(rowOf) },
    style,
  );
  const findings = shown.flatMap(({ origin, findings: found }) =>
    found.map((finding) => formatFinding(origin, finding, style)),
  );
  return [table, findings.join(''), summary(documents, options)]
    .filter((part) => part !== '')
    .join('\n');
}

function rowOf({ origin, line, name, state, foreignRules }: LintedDocument): readonly Cell[] {
  const [text, paint] = STATES[state];
  const left =
    foreignRules > 0 && state !== 'foreign'
      ? `, ${plural(foreignRules, 'rule')} left to others`
      : '';
  return [{ text: `${origin}:${line}` }, { text: printable(name) }, { text: text + left, paint }];
}

/** `file:line:column:` is what editors jump to. */
function formatFinding(origin: string, finding: Finding, style: Style): string {
  const { rule, severity, line, column, path, message } = finding;
  const text = path === '' ? message : `${path}: ${message}`;
  const head = `${origin}:${line}:${column}: ${style(PAINT[severity], severity)} ${rule}`;
  return `${head} ${printable(text, MAX_LINE)}\n`;
}

function summary(documents: readonly LintedDocument[], { strict }: TableOptions): string {
  const policies = documents.filter(({ isPolicy }) => isPolicy);
  const counts = countStates(policies);
  const failing = policies.flatMap(({ findings }) =>
    findings.filter((finding) => isFailing(finding, strict)),
  ).length;
  const states = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
  return `${plural(policies.length, 'policy', 'policies')}: ${states}; ${plural(failing, 'finding')} to repair\n`;
}
