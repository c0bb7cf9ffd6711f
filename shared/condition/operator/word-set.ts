import { hasWildcard } from '../../base/wildcard.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import { budgetedWildcard } from './budgeted-wildcard.ts';

/** A list of words to look others up in; patterns count on both sides (Kyverno 1.19). */
export class WordSet {
  readonly #words: readonly string[];
  readonly #exact: ReadonlySet<string>;
  readonly #patterns: readonly string[];
  readonly #budget: EvaluationBudget;

  constructor(words: readonly string[], budget: EvaluationBudget) {
    budget.spend(words.length);
    this.#words = words;
    this.#exact = new Set(words);
    this.#patterns = words.filter(hasWildcard);
    this.#budget = budget;
  }

  /** Whether a word is there, or matches a pattern, or is a pattern that matches a word. */
  has(word: string): boolean {
    this.#budget.spend();
    return (
      this.#exact.has(word) ||
      this.#patterns.some((pattern) => budgetedWildcard(pattern, word, this.#budget)) ||
      (hasWildcard(word) && this.#words.some((text) => budgetedWildcard(word, text, this.#budget)))
    );
  }

  /** Whether a word is there as it is written. */
  hasExactly(word: string): boolean {
    this.#budget.spend();
    return this.#exact.has(word);
  }
}
