import { ConditionError } from '../../condition-error.ts';
import type { CallArguments } from './call-arguments.ts';
import { formatText } from './format-text.ts';
import type { Library } from './library.ts';
import { placeOf, placesBefore, unitsBefore } from './text-places.ts';

/** Kubernetes' functions on texts: CEL's own, and version 2 of its extension. Places count characters. */
export const TEXTS: Library = {
  'string -> contains(string): bool': (args) => search(args).includes(args.text(1)),
  'string -> startsWith(string): bool': (args) => search(args).startsWith(args.text(1)),
  'string -> endsWith(string): bool': (args) => search(args).endsWith(args.text(1)),
  'string -> charAt(int): string': (args) => {
    const at = placeOf(args.text(0), args.int(1));
    args.spendText(at);
    const code = args.text(0).codePointAt(at);
    return code === undefined ? '' : String.fromCodePoint(code);
  },
  'string -> indexOf(string): int': (args) => indexOf(args, 0n),
  'string -> indexOf(string, int): int': (args) => indexOf(args, args.int(2)),
  'string -> lastIndexOf(string): int': (args) => lastIndexOf(args),
  'string -> lastIndexOf(string, int): int': (args) => lastIndexOf(args, args.int(2)),
  // Letters of other alphabets stay as they are.
  'string -> lowerAscii(): string': (args) =>
    whole(args).replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  'string -> upperAscii(): string': (args) =>
    whole(args).replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase()),
  'string -> replace(string, string): string': (args) => replace(args, -1n),
  'string -> replace(string, string, int): string': (args) => replace(args, args.int(3)),
  'string -> split(string): list<string>': (args) => split(args, -1n),
  'string -> split(string, int): list<string>': (args) => split(args, args.int(2)),
  'string -> substring(int): string': (args) =>
    whole(args).slice(placeOf(args.text(0), args.int(1))),
  'string -> substring(int, int): string': (args) => {
    if (args.int(1) > args.int(2)) throw outOfRange('substring()');
    const text = whole(args);
    return text.slice(placeOf(text, args.int(1)), placeOf(text, args.int(2)));
  },
  'string -> trim(): string': (args) => trim(whole(args)),
  'string -> format(list<dyn>): string': formatText,
  'list<string> -> join(): string': (args) => join(args, ''),
  'list<string> -> join(string): string': (args) => join(args, args.text(1)),
  'strings.quote(string): string': quote,
};

/** What Go takes for a space (`unicode.IsSpace`), which is not quite what JavaScript does. */
const SPACE = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.test(text.charAt(start))) start += 1;
  while (end > start && SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function outOfRange(name: string): ConditionError {
  return new ConditionError('INVALID_ARGUMENT', `${name}: index out of range`);
}

function whole(args: CallArguments): string {
  args.spendText(args.text(0).length);
  return args.text(0);
}

/** At worst every character of one text is compared with every character of the other. */
function search(args: CallArguments): string {
  const text = args.text(0);
  args.spendText(text.length * Math.max(1, args.text(1).length));
  return text;
}

function indexOf(args: CallArguments, from: bigint): bigint {
  if (from < 0n) throw outOfRange('indexOf()');
  const text = search(args);
  const length = placesBefore(text, text.length);
  if (args.text(1) === '') return from > length ? length : from;
  if (from >= length) return -1n;
  return placesBefore(text, text.indexOf(args.text(1), unitsBefore(text, from)));
}

function lastIndexOf(args: CallArguments, from?: bigint): bigint {
  if (from !== undefined && from < 0n) throw outOfRange('lastIndexOf()');
  const text = search(args);
  const length = placesBefore(text, text.length);
  if (args.text(1) === '') return from === undefined || from > length ? length : from;
  if (from === undefined) return placesBefore(text, text.lastIndexOf(args.text(1)));
  if (from >= length) return -1n;
  return placesBefore(text, text.lastIndexOf(args.text(1), unitsBefore(text, from)));
}

/** All of them, or so many where the limit is not negative. */
function replace(args: CallArguments, limit: bigint): string {
  const [text, from, to] = [args.text(0), args.text(1), args.text(2)];
  args.spendText(text.length + (text.length / Math.max(1, from.length) + 1) * to.length);
  let left = limit;
  const next = (): string => {
    if (left === 0n) return from;
    left -= 1n;
    return to;
  };
  if (from !== '') return text.replaceAll(from, next);
  // Before each character and at the end.
  const pieces = Array.from(text).map((character) => next() + character);
  return pieces.join('') + next();
}

/** With a limit the rest stays whole in the last part. */
function split(args: CallArguments, limit: bigint): readonly string[] {
  const separator = args.text(1);
  const text = search(args);
  if (limit === 0n) return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  args.spendList(parts.length);
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const count = Number(limit) - 1;
  return [...parts.slice(0, count), parts.slice(count).join(separator)];
}

function join(args: CallArguments, separator: string): string {
  const texts: string[] = [];
  for (const item of args.list(0)) {
    if (typeof item !== 'string')
      throw new ConditionError('INVALID_ARGUMENT', 'join(): not a list of texts');
    args.spendText(item.length + separator.length);
    texts.push(item);
  }
  return texts.join(separator);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\x07', 'a'],
  ['\b', 'b'],
  ['\f', 'f'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
  ['\v', 'v'],
  ['\\', '\\'],
  ['"', '"'],
]);

function escaped(char: string): string {
  const letter = ESCAPES.get(char);
  return letter === undefined ? char : `\\${letter}`;
}

function quote(args: CallArguments): string {
  const text = whole(args).toWellFormed();
  return `"${text.replaceAll(/[\p{Cc}\\"]/gu, escaped)}"`;
}
