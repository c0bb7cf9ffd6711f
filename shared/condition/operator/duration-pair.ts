import type { JsonValue } from '../../base/json-value.ts';
import { parseDuration } from '../duration.ts';

/**
 * Key and value in nanoseconds where at least one is written as a duration; the other may be a number of
 * whole seconds. `"0"` is no duration here (Kyverno 1.19).
 */
export function durationPair(
  key: JsonValue,
  value: JsonValue,
): readonly [number, number] | undefined {
  const written = [asDuration(key), asDuration(value)] as const;
  if (written[0] === undefined && written[1] === undefined) return undefined;
  const left = written[0] ?? wholeSeconds(key);
  const right = written[1] ?? wholeSeconds(value);
  return left === undefined || right === undefined ? undefined : [left, right];
}

function asDuration(value: JsonValue): number | undefined {
  return typeof value === 'string' && value !== '0' ? writtenDuration(value) : undefined;
}

/** Nanoseconds as Go reads them (`time.ParseDuration`): nothing needs no unit. */
export function writtenDuration(text: string): number | undefined {
  return /^[-+]?0$/.test(text) ? 0 : parseDuration(text);
}

/** A number is seconds, without its fraction. */
export function wholeSeconds(value: JsonValue): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) * 1e9 : undefined;
}
