import type { Row, SuiteRows } from './row.ts';

/**
 * JUnit's XML as CI systems read it: a suite for each file, a case for each row; what failed is a failure,
 * what could not be decided an error, what is not handled here is skipped.
 */
export function junitOf(suites: readonly SuiteRows[]): string {
  const all = suites.flatMap(({ rows }) => rows);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes(counts(all))}>`,
    ...suites.flatMap(({ path, rows }) => [
      `  <testsuite ${attributes({ name: path, ...counts(rows) })}>`,
      ...withDistinctNames(rows).flatMap(caseOf),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function counts(rows: readonly Row[]): Readonly<Record<string, string>> {
  const count = (status: Row['status']): string =>
    String(rows.filter((row) => row.status === status).length);
  return {
    tests: String(rows.length),
    failures: count('failed'),
    errors: count('undecided'),
    skipped: count('not handled'),
  };
}

const ELEMENTS = {
  passed: 'system-out',
  failed: 'failure',
  undecided: 'error',
  'not handled': 'skipped',
} as const satisfies Record<Row['status'], string>;

interface Case {
  readonly row: Row;
  readonly classname: string;
  readonly name: string;
}

/** CI systems know a case by its names: of several with the same, all but the first have a number. */
function withDistinctNames(rows: readonly Row[]): readonly Case[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const { policy, rule, resource } = row;
    const classname = `${policy}.${rule}`;
    const key = JSON.stringify([classname, resource]);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return { row, classname, name: count === 1 ? resource : `${resource} (${count})` };
  });
}

function caseOf({ row, classname, name }: Case): readonly string[] {
  const { status, reason, lines } = row;
  const element = ELEMENTS[status];
  const message = element === 'system-out' ? '' : ` ${attributes({ message: reason })}`;
  return [
    `    <testcase ${attributes({ classname, name })}>`,
    `      <${element}${message}>${escape(lines.join('\n'))}</${element}>`,
    '    </testcase>',
  ];
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(' ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** XML 1.0 §2.2, §2.4: marks of its own are written as entities, most control characters not at all. */
function escape(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (mark) => ENTITIES[mark] ?? mark)
    .replaceAll(/(?![\n\t])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '');
}
