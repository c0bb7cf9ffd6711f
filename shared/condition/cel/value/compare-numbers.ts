import { CelUint } from './cel-uint.ts';
import type { CelValue } from './cel-value.ts';

export type CelNumber = bigint | number | CelUint;

export function isCelNumber(value: CelValue): value is CelNumber {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof CelUint;
}

/** Whole numbers beyond 2^53 are rounded before they are compared with a double (cel-go). Undefined for NaN. */
export function compareNumbers(left: CelNumber, right: CelNumber): number | undefined {
  const one = left instanceof CelUint ? left.value : left;
  const other = right instanceof CelUint ? right.value : right;
  if (Number.isNaN(one) || Number.isNaN(other)) return undefined;
  if (typeof one === typeof other) return order(one, other);
  return order(Number(one), Number(other));
}

function order<Value extends bigint | number>(left: Value, right: Value): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
