import type { JsonValue } from '../../base/json-value.ts';
import { wholeSeconds, writtenDuration } from './duration-pair.ts';

/**
 * Compares as durations only: text in Go's form, or numbers of whole seconds (Kyverno 1.19). Below, equal
 * to or above zero; NaN where the two have no order.
 */
export function durationCompares(key: JsonValue, value: JsonValue): number {
  const left = nanoseconds(key);
  const right = nanoseconds(value);
  return left === undefined || right === undefined ? Number.NaN : left - right;
}

function nanoseconds(value: JsonValue): number | undefined {
  return typeof value === 'string' ? writtenDuration(value) : wholeSeconds(value);
}
