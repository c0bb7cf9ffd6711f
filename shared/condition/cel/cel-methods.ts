import { compileRegexp } from '../../base/regexp.ts';
import { ConditionError } from '../condition-error.ts';
import { type CelMethod, spendText } from './meter.ts';

/** Methods that are called in place of the library's: they pay for work that their result does not show. */
export const CEL_METHODS: ReadonlyMap<string, CelMethod> = new Map<string, CelMethod>([
  ['matches', matches],
  ['join', join],
  ['replace', replace],
  ['contains', (text, [part]) => search(text, part).includes(String(part))],
  ['indexOf', (text, args) => find(text, args, 'indexOf')],
  ['lastIndexOf', (text, args) => find(text, args, 'lastIndexOf')],
  ['split', split],
  // Letters of other alphabets stay as they are.
  ['lowerAscii', (text) => requireText(text).replaceAll(/[A-Z]/g, (char) => char.toLowerCase())],
  ['upperAscii', (text) => requireText(text).replaceAll(/[a-z]/g, (char) => char.toUpperCase())],
]);

/** RE2 as in Kubernetes: linear time whatever the text. */
function matches(text: unknown, [pattern]: readonly unknown[]): boolean {
  if (typeof text !== 'string' || typeof pattern !== 'string')
    throw noOverload('matches() takes a text and a pattern');
  spendText(text.length + pattern.length);
  return pattern === '' || compileRegexp(pattern).test(text);
}

function join(list: unknown, [separator = '']: readonly unknown[]): string {
  if (!isListOfStrings(list) || typeof separator !== 'string')
    throw noOverload('join() takes a list of texts and a text');
  spendText(list.length * separator.length);
  for (const text of list) spendText(text.length);
  return list.join(separator);
}

/** All of them, or so many where a limit is given and not negative. */
function replace(text: unknown, [from, to, limit = -1n]: readonly unknown[]): string {
  if (typeof text !== 'string' || typeof from !== 'string' || typeof to !== 'string')
    throw noOverload('replace() takes texts');
  if (typeof limit !== 'bigint') throw noOverload('replace() takes a whole number as its limit');
  spendText(text.length + (text.length / Math.max(1, from.length) + 1) * to.length);
  let left = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit);
  return text.replaceAll(from, () => {
    left -= 1;
    return left < 0 ? from : to;
  });
}

/** At worst every character of one is compared with every character of the other. */
function search(text: unknown, part: unknown): string {
  const [whole, sought] = [requireText(text), requireText(part)];
  spendText(whole.length * Math.max(1, sought.length));
  return whole;
}

function find(
  text: unknown,
  [part, from]: readonly unknown[],
  way: 'indexOf' | 'lastIndexOf',
): bigint {
  const whole = search(text, part);
  if (from === undefined) return BigInt(whole[way](String(part)));
  if (typeof from !== 'bigint' || from < 0n || from > BigInt(whole.length))
    throw noOverload(`${way}() takes a place inside the text`);
  return BigInt(whole[way](String(part), Number(from)));
}

/** With a limit the rest stays whole in the last part. */
function split(text: unknown, [separator, limit = -1n]: readonly unknown[]): readonly string[] {
  const parts = search(text, separator).split(String(separator));
  if (typeof limit !== 'bigint') throw noOverload('split() takes a whole number as its limit');
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const count = Number(limit);
  if (count === 0) return [];
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(String(separator))];
}

function requireText(text: unknown): string {
  if (typeof text === 'string') return text;
  throw noOverload('a method of texts was called with something else');
}

function isListOfStrings(list: unknown): list is readonly string[] {
  return Array.isArray(list) && list.every((item) => typeof item === 'string');
}

function noOverload(why: string): ConditionError {
  return new ConditionError('INVALID_ARGUMENT', why);
}
