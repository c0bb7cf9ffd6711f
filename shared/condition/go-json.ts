import { isJsonObject, type JsonValue } from '../base/json-value.ts';
import { compareText } from './compare-text.ts';
import type { EvaluationBudget } from './evaluation-budget.ts';
import { isList } from './is-list.ts';

/**
 * JSON as Go's `json.Marshal` writes it, and so Kyverno where it puts values into text: keys sorted, no
 * spaces, and `<`, `>`, `&` and line separators escaped. Charges a step for each value.
 */
export function formatGoJson(value: JsonValue, budget: EvaluationBudget): string {
  budget.spend();
  if (typeof value === 'string') {
    budget.spend(Math.ceil(value.length / 64));
    return quoted(value);
  }
  if (isList(value)) return `[${value.map((item) => formatGoJson(item, budget)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const fields = Object.keys(value)
    .sort(compareText)
    .map((key) => `${quoted(key)}:${formatGoJson(value[key] ?? null, budget)}`);
  return `{${fields.join(',')}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
