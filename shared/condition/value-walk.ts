import { ConditionError } from './condition-error.ts';
import type { EvaluationBudget } from './evaluation-budget.ts';

/**
 * Levels. Objects of Kubernetes have at most a hundred; expressions can wrap values into values again and
 * again, which would exhaust the stack of whoever walks through them.
 */
const MAX_DEPTH = 1000;

/** A walk through a value: charges a step for each part, and stops below a depth. */
export class ValueWalk {
  readonly budget: EvaluationBudget;
  #depth = 0;

  constructor(budget: EvaluationBudget) {
    this.budget = budget;
  }

  /**
   * Visits a part with all that is inside.
   * @throws {ConditionError} TOO_EXPENSIVE
   */
  visit<Result>(inside: () => Result): Result {
    this.budget.spend();
    if (this.#depth === MAX_DEPTH)
      throw new ConditionError(
        'TOO_EXPENSIVE',
        `Cannot finish the evaluation: a value is nested deeper than ${MAX_DEPTH} levels`,
      );
    this.#depth += 1;
    const result = inside();
    this.#depth -= 1;
    return result;
  }
}
