import { compareText } from '../../compare-text.ts';
import { ConditionError } from '../../condition-error.ts';
import type { CelValue } from './cel-value.ts';
import { CelDuration, CelTimestamp } from './cel-time.ts';
import { type CelNumber, compareNumbers, isCelNumber } from './compare-numbers.ts';
import { typeNameOf } from './type-name-of.ts';

/**
 * The order of two values of one type, or of two numbers: negative where the left comes first.
 * @throws {ConditionError} INVALID_ARGUMENT for values without an order.
 */
export function compareValues(left: CelValue, right: CelValue): number {
  const order = orderOf(left, right);
  if (order !== undefined) return order;
  throw new ConditionError(
    'INVALID_ARGUMENT',
    `no such overload: cannot order ${typeNameOf(left)} and ${typeNameOf(right)}`,
  );
}

/** Whether a value has an order at all. */
export function isComparable(value: CelValue): boolean {
  return Number.isNaN(value) || orderOf(value, value) !== undefined;
}

/** The order of two values of one type; undefined where they have none. */
export function tryOrder(left: CelValue, right: CelValue): number | undefined {
  if (left instanceof CelDuration)
    return right instanceof CelDuration
      ? compareNumbers(left.nanoseconds, right.nanoseconds)
      : undefined;
  if (left instanceof CelTimestamp)
    return right instanceof CelTimestamp ? compareNumbers(left.epoch, right.epoch) : undefined;
  return left instanceof Uint8Array && right instanceof Uint8Array
    ? Buffer.compare(left, right)
    : undefined;
}

function orderOf(left: CelValue, right: CelValue): number | undefined {
  if (isCelNumber(left)) return isCelNumber(right) ? orderOfNumbers(left, right) : undefined;
  if (typeof left === 'string')
    return typeof right === 'string' ? compareText(left, right) : undefined;
  if (typeof left === 'boolean')
    return typeof right === 'boolean' ? Number(left) - Number(right) : undefined;
  return tryOrder(left, right);
}

function orderOfNumbers(left: CelNumber, right: CelNumber): number {
  const result = compareNumbers(left, right);
  if (result === undefined)
    throw new ConditionError('INVALID_ARGUMENT', 'NaN values cannot be ordered');
  return result;
}
