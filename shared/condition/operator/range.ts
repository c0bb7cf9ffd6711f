import { parseDuration } from '../duration.ts';
import { parseQuantity } from '../quantity.ts';

/** `a-b`, both ends included. */
export interface Range {
  readonly low: string;
  readonly high: string;
}

/** Longer texts are no range that a person writes. */
const MAX_LENGTH = 128;

/** `1-10`, `-5-5`, `512Mi-1Gi`, `30m-2h`: both ends numbers with or without a unit (Kyverno 1.19). */
export function parseRange(text: string): Range | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const form =
    /^([-+]?\d+(?:\.\d+)?[A-Za-z]*)-([-+]?\d+(?:\.\d+)?[A-Za-z]*)$/.exec(text) ?? undefined;
  return form === undefined ? undefined : { low: form[1] ?? '', high: form[2] ?? '' };
}

/**
 * Where a text lies: each end is compared as a duration if both are one, else as a quantity. Undefined
 * where it cannot be compared, and so lies neither inside nor outside.
 */
export function isInRange({ low, high }: Range, text: string): boolean | undefined {
  const fromLow = compare(text, low);
  const toHigh = compare(high, text);
  if ((fromLow ?? 0) < 0 || (toHigh ?? 0) < 0) return false;
  return fromLow === undefined || toHigh === undefined ? undefined : true;
}

function compare(left: string, right: string): number | undefined {
  return (
    difference(parseDuration(left), parseDuration(right)) ??
    difference(parseQuantity(left), parseQuantity(right))
  );
}

function difference(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left - right;
}
