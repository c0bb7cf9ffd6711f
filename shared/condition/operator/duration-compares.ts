import type { JsonValue } from '../../base/json-value.ts';
import { parseDuration } from '../duration.ts';
import { wholeSeconds } from './duration-pair.ts';

/** Compares as durations only: text in Go's form, or numbers of whole seconds (Kyverno 1.19). */
export function durationCompares(key: JsonValue, value: JsonValue): number | undefined {
  const left = nanoseconds(key);
  const right = nanoseconds(value);
  return left === undefined || right === undefined ? undefined : left - right;
}

function nanoseconds(value: JsonValue): number | undefined {
  if (typeof value !== 'string') return wholeSeconds(value);
  return value === '0' ? 0 : parseDuration(value);
}
