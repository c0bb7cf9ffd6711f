import { posix } from 'node:path';
import type { JsonValue } from '../../base/json-value.ts';
import { compareText } from '../compare-text.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import type { Evaluation } from '../evaluation.ts';
import type { Arguments } from './arguments.ts';
import type { FunctionGroup } from './function-entry.ts';
import { replaceText } from './replace-text.ts';

const TEXT = ['string'] as const;

/** Functions on text. */
export const TEXT_FUNCTIONS: FunctionGroup = {
  compare: { parameters: [TEXT, TEXT], call: (args) => compareText(...pair(args)) },
  ends_with: {
    parameters: [TEXT, TEXT],
    call: (args) => text(args).endsWith(args.text(1)),
  },
  equal_fold: { parameters: [TEXT, TEXT], call: equalFold },
  join: { parameters: [TEXT, ['array[string]']], call: join },
  path_canonicalize: { parameters: [TEXT], call: (args) => cleanPath(text(args)) },
  replace: {
    parameters: [TEXT, TEXT, TEXT, ['number']],
    call: (args, context) => replace(args, Math.trunc(args.number(3)), context),
  },
  replace_all: {
    parameters: [TEXT, TEXT, TEXT],
    call: (args, context) => replace(args, -1, context),
  },
  split: { parameters: [TEXT, TEXT], call: split },
  starts_with: {
    parameters: [TEXT, TEXT],
    call: (args) => text(args).startsWith(args.text(1)),
  },
  to_lower: {
    parameters: [TEXT],
    call: (args, { budget }) => mapCharacters(text(args), toLower, budget),
  },
  to_upper: {
    parameters: [TEXT],
    call: (args, { budget }) => mapCharacters(text(args), toUpper, budget),
  },
  trim: { parameters: [TEXT, TEXT], call: trim },
  trim_prefix: { parameters: [TEXT, TEXT], call: trimPrefix },
  truncate: { parameters: [TEXT, ['number']], call: truncate },
};

function text(args: Arguments): string {
  return args.text(0);
}

function pair(args: Arguments): [string, string] {
  return [args.text(0), args.text(1)];
}

/** Go maps each code point to one: "ß" stays, where JavaScript would write "SS". */
function mapCharacters(
  value: string,
  map: (text: string) => string,
  budget: EvaluationBudget,
): string {
  return value.replaceAll(/[\0-\x7f]+|[^]/gu, (part) => {
    const mapped = map(part);
    if (/^[\0-\x7f]/.test(part)) return mapped;
    budget.spend(4);
    return Array.from(mapped).length === 1 ? mapped : part;
  });
}

/** U+0130 is the one character that JavaScript makes two of here. */
function toLower(char: string): string {
  return char === '\u0130' ? 'i' : char.toLowerCase();
}

function toUpper(char: string): string {
  return char.toUpperCase();
}

/** Unicode's simple folding, which goes through both cases (Go: `strings.EqualFold`). */
function equalFold(args: Arguments, { budget }: Evaluation): boolean {
  const [left, right] = pair(args).map((value) =>
    mapCharacters(mapCharacters(value, toUpper, budget), toLower, budget),
  );
  return left === right;
}

function join(args: Arguments, { budget }: Evaluation): string {
  const list = args.list(1).map(String);
  const length = list.reduce((total, item) => total + item.length + text(args).length, 0);
  budget.spend(Math.ceil(length / 64));
  return list.join(text(args));
}

/** An empty separator splits between characters. */
function split(args: Arguments, { budget }: Evaluation): JsonValue {
  const [value, separator] = pair(args);
  if (separator !== '') return value.split(separator);
  budget.spend(value.length);
  return Array.from(value);
}

/** Takes the characters of the second text off both ends. */
function trim(args: Arguments): string {
  const [value, set] = pair(args);
  const unwanted = new Set(set);
  const chars = Array.from(value);
  const isWanted = (char: string): boolean => !unwanted.has(char);
  return chars.slice(chars.findIndex(isWanted) >>> 0, chars.findLastIndex(isWanted) + 1).join('');
}

function trimPrefix(args: Arguments): string {
  const [value, prefix] = pair(args);
  return value.startsWith(prefix) ? value.slice(prefix.length) : value;
}

function truncate(args: Arguments): string {
  const length = Math.max(0, Math.trunc(args.number(1)));
  return Array.from(text(args)).slice(0, length).join('');
}

function replace(args: Arguments, limit: number, { budget }: Evaluation): string {
  const [value, old] = pair(args);
  return replaceText({ value, old, replacement: args.text(2), limit }, budget);
}

/** Go's `filepath.Join` of one part: shortest equal path, and nothing stays nothing. */
function cleanPath(path: string): string {
  if (path === '') return '';
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean;
}
