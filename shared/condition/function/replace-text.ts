import type { EvaluationBudget } from '../evaluation-budget.ts';

interface Replacement {
  readonly value: string;
  readonly old: string;
  readonly replacement: string;
  /** How many to replace at most; all where negative. */
  readonly limit: number;
}

/**
 * Go's `strings.Replace`: an empty `old` matches before every character and at the end. Charges for the
 * result before making it.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function replaceText(task: Replacement, budget: EvaluationBudget): string {
  const { value, old, replacement } = task;
  if (old === '') budget.spend(value.length);
  const parts = old === '' ? ['', ...Array.from(value), ''] : value.split(old);
  const count = Math.min(parts.length - 1, task.limit < 0 ? Infinity : task.limit);
  budget.spend(Math.ceil((value.length + count * replacement.length) / 64));
  const replaced = parts.slice(0, count + 1).join(replacement);
  return [replaced, ...parts.slice(count + 1)].join(old);
}
