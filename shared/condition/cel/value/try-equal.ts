import { ConditionError } from '../../condition-error.ts';
import type { EvaluationBudget } from '../../evaluation-budget.ts';
import type { CelValue } from './cel-value.ts';
import { equalValues } from './equal-values.ts';

/**
 * Whether two values are equal; undefined where they cannot be compared, which counts as unequal in searches.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function tryEqual(
  left: CelValue,
  right: CelValue,
  budget: EvaluationBudget,
): boolean | undefined {
  try {
    return equalValues(left, right, budget);
  } catch (error) {
    if (!(error instanceof ConditionError) || error.code === 'TOO_EXPENSIVE') throw error;
    return undefined;
  }
}
