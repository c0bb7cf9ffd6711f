import { hasWildcard, wildcardMatches } from '../../base/wildcard.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';

/** Characters compared that count as one step. */
const CHARACTERS_A_STEP = 64;

/**
 * {@link wildcardMatches} at the price of its worst case, pattern times text: both sides of a condition may
 * be written by whoever made the object.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function budgetedWildcard(pattern: string, text: string, budget: EvaluationBudget): boolean {
  if (!hasWildcard(pattern)) return pattern === text;
  budget.spend(1 + Math.ceil((pattern.length * text.length) / CHARACTERS_A_STEP));
  return wildcardMatches(pattern, text);
}
