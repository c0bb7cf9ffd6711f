import { usageError } from '../input-error.ts';

/** Go's duration units in milliseconds, as kubectl's flags read them. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/**
 * Milliseconds of a Go duration, `90s`, `1m30s`; a plain number is seconds.
 * @throws {InputError} naming the flag.
 */
export function parseDuration(flag: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) {
    throw usageError(
      `invalid argument "${text}" for "--${flag}" flag: must be a duration such as 90s or 2m`,
    );
  }
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(number) * (UNITS.get(unit ?? '') ?? 0);
  }
  return total;
}
