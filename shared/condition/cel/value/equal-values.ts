import { ConditionError } from '../../condition-error.ts';
import type { EvaluationBudget } from '../../evaluation-budget.ts';
import { CelMap } from './cel-map.ts';
import { type CelList, type CelValue, isCelList } from './cel-value.ts';
import { CelOpaque } from './cel-opaque.ts';
import { CelOptional } from './cel-optional.ts';
import { CelTypeName } from './cel-type-name.ts';
import { compareNumbers, isCelNumber } from './compare-numbers.ts';
import { tryOrder } from './compare-values.ts';
import { spendText } from './spend.ts';

/**
 * Whether two values are equal; values of different types are not, except numbers (cel-go: `types.Equal`).
 * Charges a step for each pair it looks at.
 * @throws {ConditionError} INVALID_ARGUMENT for a value that is compared with its own kind only; TOO_EXPENSIVE.
 */
export function equalValues(left: CelValue, right: CelValue, budget: EvaluationBudget): boolean {
  budget.spend();
  if (isCelNumber(left)) return isCelNumber(right) && compareNumbers(left, right) === 0;
  if (typeof left === 'string' && typeof right === 'string')
    spendText(Math.min(left.length, right.length), budget);
  if (left === null || right === null || typeof left !== 'object') return left === right;
  return equalObjects(left, right, budget);
}

function equalLists(left: CelList, right: CelList, budget: EvaluationBudget): boolean {
  return (
    left.length === right.length &&
    left.every((item, index) => equalValues(item, right[index] ?? null, budget))
  );
}

function equalMaps(left: CelMap, right: CelMap, budget: EvaluationBudget): boolean {
  if (left.size !== right.size) return false;
  return left.entries().every(([key, value]) => {
    const other = right.get(key);
    return other !== undefined && equalValues(value, other, budget);
  });
}

function equalObjects(
  left: Extract<CelValue, object>,
  right: CelValue,
  budget: EvaluationBudget,
): boolean {
  if (isCelList(left)) return isCelList(right) && equalLists(left, right, budget);
  if (left instanceof CelMap) return right instanceof CelMap && equalMaps(left, right, budget);
  if (left instanceof CelOptional)
    return right instanceof CelOptional && equalOptionals(left, right, budget);
  return left instanceof CelOpaque ? equalOpaque(left, right) : equalPlain(left, right);
}

function equalPlain(left: CelValue, right: CelValue): boolean {
  if (left instanceof CelTypeName) return right instanceof CelTypeName && left.name === right.name;
  return tryOrder(left, right) === 0;
}

function equalOptionals(left: CelOptional, right: CelOptional, budget: EvaluationBudget): boolean {
  if (left.value === undefined || right.value === undefined) return left.value === right.value;
  return equalValues(left.value, right.value, budget);
}

function equalOpaque(left: CelOpaque, right: CelValue): boolean {
  if (!(right instanceof CelOpaque) || right.kind !== left.kind)
    throw new ConditionError('INVALID_ARGUMENT', `no such overload: ${left.kind.name} == …`);
  return left.kind.isEqual(left.payload, right.payload);
}
