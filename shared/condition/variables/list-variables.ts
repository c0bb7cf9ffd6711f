import { childPath, type FieldKey } from '../../base/field-path.ts';
import { isJsonObject, type JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../condition-error.ts';
import { EvaluationBudget } from '../evaluation-budget.ts';
import { isList } from '../is-list.ts';
import type { Expression } from '../jmespath/expression.ts';
import { parseJmespath } from '../jmespath/parse-jmespath.ts';
import { ExpressionText } from './expression-text.ts';
import { parseTemplate, type TemplatePart, type Variable } from './template.ts';

/** A variable of a policy and the field that it stands in. */
export interface PlacedVariable {
  readonly path: string;
  /** As written, without braces. */
  readonly text: string;
  /** The expression, with a stand-in for variables inside it; undefined for `{{ @ }}`. */
  readonly expression: Expression | undefined;
}

export interface ListedVariables {
  readonly variables: readonly PlacedVariable[];
  /** Texts whose variables cannot be read, and why. */
  readonly faults: readonly PlacedMessage[];
  /** Texts with braces that are not read as variables, though they look like some. */
  readonly doubts: readonly PlacedMessage[];
}

export interface PlacedMessage {
  readonly path: string;
  readonly message: string;
}

/** Every variable below `value`, in keys too, and those inside others; `path` is the field of `value`. */
export function listVariables(value: JsonValue | undefined, path: string): ListedVariables {
  const variables: PlacedVariable[] = [];
  const faults: PlacedMessage[] = [];
  const doubts: PlacedMessage[] = [];
  for (const { at, text } of textsIn(value, path)) {
    try {
      const { parts, hasStrayBraces } = parseTemplate(text);
      for (const variable of variablesOf(parts, at)) variables.push(variable);
      if (hasStrayBraces)
        doubts.push({
          path: at,
          message:
            'found braces that Kyverno reads as text, not as a variable; expected "{{ … }}" with other braces inside nested once at most, or "\\{{" for text',
        });
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      faults.push({ path: at, message: error.message });
    }
  }
  return { variables, faults, doubts };
}

interface PlacedText {
  readonly at: string;
  readonly text: string;
}

function textsIn(value: JsonValue | undefined, at: string): readonly PlacedText[] {
  if (typeof value === 'string') return value.includes('{{') ? [{ at, text: value }] : [];
  const inside = (key: FieldKey, item: JsonValue | undefined): readonly PlacedText[] =>
    textsIn(item, childPath(at, key));
  if (isList(value)) return value.flatMap((item, index) => inside(index, item));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    ...textsIn(key, childPath(at, key)),
    ...inside(key, item),
  ]);
}

function variablesOf(parts: readonly TemplatePart[], path: string): readonly PlacedVariable[] {
  return parts.flatMap((part) =>
    typeof part === 'string'
      ? []
      : [
          ...variablesOf(part.parts, path),
          { path, text: part.text, expression: expressionOf(part) },
        ],
  );
}

/** What is known of an expression before the variables inside it are. */
function expressionOf({ text, parts, expression }: Variable): Expression | undefined {
  if (expression !== undefined || text === '@') return expression;
  const written = new ExpressionText(new EvaluationBudget());
  for (const part of parts) {
    if (typeof part === 'string') written.write(part);
    else written.insertStandIn();
  }
  return parseJmespath(written.text);
}
