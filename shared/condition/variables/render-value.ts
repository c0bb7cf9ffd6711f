import type { JsonValue } from '../../base/json-value.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import { formatGoJson } from '../go-json.ts';

/** A value inside a text: text as it is, everything else as JSON (Kyverno 1.19). */
export function renderValue(value: JsonValue, budget: EvaluationBudget): string {
  return typeof value === 'string' ? value : formatGoJson(value, budget);
}
