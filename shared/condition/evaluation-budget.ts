import { ConditionError } from './condition-error.ts';

/**
 * Steps that all expressions of one rule may take for one request. A step is one node visited, or about
 * 64 bytes made. A rule of any published policy takes some thousands; a hundred times that is about 50 ms.
 */
export const MAX_EVALUATION_STEPS: number = 500_000;

/** What evaluations may still cost; shared by everything that one rule evaluates, since authors are not trusted. */
export class EvaluationBudget {
  #left: number;
  readonly #whole: EvaluationBudget | undefined;

  /** @param whole what this is a part of. */
  constructor(steps: number = MAX_EVALUATION_STEPS, whole?: EvaluationBudget) {
    this.#left = steps;
    this.#whole = whole;
  }

  /** @throws {ConditionError} TOO_EXPENSIVE once the steps are used up. */
  spend(steps = 1): void {
    this.#left -= steps;
    if (this.#left < 0)
      throw new ConditionError(
        'TOO_EXPENSIVE',
        'Cannot finish the evaluation: it takes more steps than one rule may',
      );
    this.#whole?.spend(steps);
  }
}
