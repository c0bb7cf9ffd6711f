import type { EvaluationBudget } from '../../evaluation-budget.ts';
import type { CelValue } from './cel-value.ts';
import { compareValues } from './compare-values.ts';
import { ConditionError } from '../../condition-error.ts';
import { spendText } from './spend.ts';

/**
 * The order of two values, -1, 0 or 1; undefined where they have none.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function tryCompare(
  left: CelValue,
  right: CelValue,
  budget: EvaluationBudget,
): number | undefined {
  budget.spend();
  if (typeof left === 'string') spendText(left.length, budget);
  try {
    return Math.sign(compareValues(left, right));
  } catch (error) {
    if (error instanceof ConditionError) return undefined;
    throw error;
  }
}
