import type { EvaluationBudget } from '../../evaluation-budget.ts';

/** Characters of a text, and elements of a list, that are made or looked at in a step. */
const CHARACTERS_A_STEP = 64;
const ELEMENTS_A_STEP = 8;

/**
 * Pays for a text of so many characters, before it is made.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function spendText(characters: number, budget: EvaluationBudget): void {
  budget.spend(Math.ceil(characters / CHARACTERS_A_STEP));
}

/**
 * Pays for a list of so many elements, before it is made.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function spendList(elements: number, budget: EvaluationBudget): void {
  budget.spend(Math.ceil(elements / ELEMENTS_A_STEP));
}
