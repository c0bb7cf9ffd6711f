import { examples, isWhole, tooLong } from './name-form.ts';
import { subdomainProblems } from './name-problems.ts';

const LABEL_KEY = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${LABEL_KEY})?`;

/** Bytes. */
const MAX_LABEL = 63;

const KEY_PROBLEM =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
  `character${examples(LABEL_KEY, 'MyName', 'my.name', '123-abc')}`;

/** What is wrong with the key of a label, which may have a domain before it. */
export function qualifiedNameProblems(text: string): readonly string[] {
  const parts = text.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 2)
    return [
      `a valid label key ${KEY_PROBLEM} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  return [
    ...(parts.length === 2 ? prefixProblems(parts[0] ?? '') : []),
    ...(name === ''
      ? ['name part must be non-empty']
      : tooLong(name, MAX_LABEL, 'bytes').map(ofName)),
    ...(isWhole(LABEL_KEY, name) ? [] : [ofName(KEY_PROBLEM)]),
  ];
}

function ofName(problem: string): string {
  return `name part ${problem}`;
}

function prefixProblems(prefix: string): readonly string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return subdomainProblems(prefix).map((problem) => `prefix part ${problem}`);
}

/** What is wrong with the value of a label. */
export function labelValueProblems(text: string): readonly string[] {
  const problems = tooLong(text, MAX_LABEL, 'bytes');
  if (isWhole(LABEL_VALUE, text)) return problems;
  return [
    ...problems,
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start " +
      `and end with an alphanumeric character${examples(LABEL_VALUE, 'MyValue', 'my_value', '12345')}`,
  ];
}
