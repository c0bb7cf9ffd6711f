import { ConditionError } from '../../condition-error.ts';
import type { EvaluationBudget } from '../../evaluation-budget.ts';
import { isComparable } from '../value/compare-values.ts';
import type { CelList } from '../value/cel-value.ts';
import { spendList } from '../value/spend.ts';
import { tryCompare } from '../value/try-compare.ts';
import { typeNameOf } from '../value/type-name-of.ts';

/**
 * A list in the order of keys, one for each element; elements with the same key keep their order, which cel-go does
 * not promise for more than twelve.
 * @throws {ConditionError} INVALID_ARGUMENT for keys of several types or without an order; TOO_EXPENSIVE.
 */
export function sortByKeys(list: CelList, keys: CelList, budget: EvaluationBudget): CelList {
  const [first] = keys;
  if (first === undefined) return list;
  if (!isComparable(first))
    throw new ConditionError('INVALID_ARGUMENT', 'list elements must be comparable');
  if (keys.some((key) => typeNameOf(key) !== typeNameOf(first)))
    throw new ConditionError('INVALID_ARGUMENT', 'list elements must have the same type');
  spendList(list.length, budget);
  const order = keys
    .map((_, index) => index)
    .sort((left, right) => tryCompare(keys[left] ?? null, keys[right] ?? null, budget) ?? 0);
  return order.map((index) => list[index] ?? null);
}
