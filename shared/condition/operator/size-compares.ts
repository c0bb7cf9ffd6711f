import type { JsonValue } from '../../base/json-value.ts';
import { parseQuantity } from '../quantity.ts';
import { compareVersions, parseVersion } from '../semantic-version.ts';
import { parseDecimal } from './decimal.ts';
import { durationPair } from './duration-pair.ts';

/**
 * Compares as durations, else as quantities, else as numbers, else as semantic versions (Kyverno 1.19).
 * Below, equal to or above zero; NaN where the two have no order.
 */
export function sizeCompares(key: JsonValue, value: JsonValue): number {
  if (typeof key === 'number') return numberCompares(key, value);
  if (typeof key !== 'string') return Number.NaN;
  const durations = durationPair(key, value);
  if (durations !== undefined) return durations[0] - durations[1];
  const quantities = typeof value === 'string' ? quantityPair(key, value) : undefined;
  if (quantities !== undefined) return quantities[0] - quantities[1];
  const number = parseDecimal(key);
  return number === undefined ? versionCompares(key, value) : numberCompares(number, value);
}

function numberCompares(key: number, value: JsonValue): number {
  if (typeof value === 'number') return difference(key, value);
  if (typeof value !== 'string') return Number.NaN;
  const durations = durationPair(key, value);
  if (durations !== undefined) return durations[0] - durations[1];
  const number = parseDecimal(value);
  return number === undefined ? Number.NaN : difference(key, number);
}

/** Of two that are infinite too. */
function difference(left: number, right: number): number {
  return left === right ? 0 : left - right;
}

function quantityPair(key: string, value: string): readonly [number, number] | undefined {
  const left = parseQuantity(key);
  const right = parseQuantity(value);
  return left === undefined || right === undefined ? undefined : [left, right];
}

function versionCompares(key: string, value: JsonValue): number {
  const left = parseVersion(key);
  const right = typeof value === 'string' ? parseVersion(value) : undefined;
  return left === undefined || right === undefined ? Number.NaN : compareVersions(left, right);
}
