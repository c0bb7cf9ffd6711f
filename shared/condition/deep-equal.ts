import { isJsonObject, type JsonValue } from '../base/json-value.ts';
import type { EvaluationBudget } from './evaluation-budget.ts';
import { isList } from './is-list.ts';
import { ValueWalk } from './value-walk.ts';

type Side = JsonValue | undefined;

/**
 * Whether two values are the same, whatever the order of keys. Charges a step for each pair it looks at.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function deepEqual(left: Side, right: Side, budget: EvaluationBudget): boolean {
  return equal(left, right, new ValueWalk(budget));
}

function equal(left: Side, right: Side, walk: ValueWalk): boolean {
  return walk.visit(() => {
    if (left === right) return true;
    if (isList(left) && isList(right)) {
      return (
        left.length === right.length && left.every((item, index) => equal(item, right[index], walk))
      );
    }
    if (!isJsonObject(left) || !isJsonObject(right)) return false;
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key], walk))
    );
  });
}
