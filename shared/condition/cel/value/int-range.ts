import { ConditionError } from '../../condition-error.ts';

/** CEL's whole numbers have 64 bits. */
export const MAX_INT: bigint = 2n ** 63n - 1n;
export const MIN_INT: bigint = -(2n ** 63n);
export const MAX_UINT: bigint = 2n ** 64n - 1n;

/** @throws {ConditionError} INVALID_ARGUMENT for a result that has no place in 64 bits. */
export function inIntRange(value: bigint): bigint {
  if (value >= MIN_INT && value <= MAX_INT) return value;
  throw new ConditionError('INVALID_ARGUMENT', 'integer overflow');
}

/** @throws {ConditionError} INVALID_ARGUMENT */
export function inUintRange(value: bigint): bigint {
  if (value >= 0n && value <= MAX_UINT) return value;
  throw new ConditionError('INVALID_ARGUMENT', 'unsigned integer overflow');
}
