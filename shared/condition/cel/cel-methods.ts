import { compileRegexp } from '../../base/regexp.ts';
import { ConditionError } from '../condition-error.ts';
import { type CelMethod, spendText } from './meter.ts';

/** The methods whose work does not show in the size of their result, so that they pay for it themselves. */
export const CEL_METHODS: ReadonlyMap<string, CelMethod> = new Map<string, CelMethod>([
  ['matches', matches],
  ['join', join],
  ['replace', replace],
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

function isListOfStrings(list: unknown): list is readonly string[] {
  return Array.isArray(list) && list.every((item) => typeof item === 'string');
}

function noOverload(why: string): ConditionError {
  return new ConditionError('INVALID_ARGUMENT', why);
}
