import type { JsonValue } from '../../base/json-value.ts';
import { deepEqual } from '../deep-equal.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import { parseQuantity } from '../quantity.ts';
import { budgetedWildcard } from './budgeted-wildcard.ts';
import { parseDecimal } from './decimal.ts';
import { durationPair } from './duration-pair.ts';

/**
 * Whether key and value are equal as Kyverno 1.19 sees it: text as durations, else as quantities, else
 * with the value as a wildcard pattern. The type of the key decides: the number 8 equals the text "8",
 * but not the other way round. Undefined for a key of null, which is neither equal nor different.
 */
export function equals(
  key: JsonValue,
  value: JsonValue,
  budget: EvaluationBudget,
): boolean | undefined {
  if (key === null) return undefined;
  if (typeof key === 'string') return textEquals(key, value, budget);
  if (typeof key === 'number')
    return key === (typeof value === 'string' ? parseDecimal(value) : value);
  return deepEqual(key, value, budget);
}

function textEquals(key: string, value: JsonValue, budget: EvaluationBudget): boolean {
  const durations = durationPair(key, value);
  if (durations !== undefined) return durations[0] === durations[1];
  if (typeof value !== 'string') return false;
  const quantity = parseQuantity(key);
  // A key that is a quantity is compared as one: `1.5` does not match the pattern `1.*`.
  if (quantity !== undefined) return quantity === parseQuantity(value);
  return budgetedWildcard(value, key, budget);
}
