import { isJsonObject, type JsonValue } from '../base/json-value.ts';
import { compareText } from './compare-text.ts';
import type { EvaluationBudget } from './evaluation-budget.ts';
import { isList } from './is-list.ts';
import { ValueWalk } from './value-walk.ts';

/**
 * JSON as Go's `json.Marshal` writes it, and so Kyverno where it puts values into text: keys sorted, no
 * spaces, and `<`, `>`, `&` and line separators escaped. Charges a step for each value.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function formatGoJson(value: JsonValue, budget: EvaluationBudget): string {
  return format(value, new ValueWalk(budget));
}

function format(value: JsonValue, walk: ValueWalk): string {
  return walk.visit(() => {
    if (typeof value === 'string') return quoted(value, walk.budget);
    if (isList(value)) return `[${value.map((item) => format(item, walk)).join(',')}]`;
    if (!isJsonObject(value)) return JSON.stringify(value);
    const fields = Object.keys(value)
      .sort(compareText)
      .map((key) => `${quoted(key, walk.budget)}:${format(value[key] ?? null, walk)}`);
    return `{${fields.join(',')}}`;
  });
}

function quoted(text: string, budget: EvaluationBudget): string {
  budget.spend(Math.ceil(text.length / 64));
  return JSON.stringify(text).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
