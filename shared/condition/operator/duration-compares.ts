import type { JsonValue } from '../../base/json-value.ts';
import { parseDuration } from '../duration.ts';
import { wholeSeconds } from './duration-pair.ts';

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
  if (typeof value !== 'string') return wholeSeconds(value);
  return value === '0' ? 0 : parseDuration(value);
}
