import { isJsonObject, type JsonValue } from '../base/json-value.ts';
import type { EvaluationBudget } from './evaluation-budget.ts';
import { isList } from './is-list.ts';

/** Whether two values are the same, whatever the order of keys. Charges a step for each pair it looks at. */
export function deepEqual(
  left: JsonValue | undefined,
  right: JsonValue | undefined,
  budget: EvaluationBudget,
): boolean {
  budget.spend();
  if (left === right) return true;
  if (isList(left) && isList(right)) {
    return (
      left.length === right.length &&
      left.every((item, index) => deepEqual(item, right[index], budget))
    );
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && deepEqual(left[key], right[key], budget))
  );
}
