import type { FieldKey } from '../../base/field-path.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../condition-error.ts';
import type { Evaluation } from '../evaluation.ts';
import { isList } from '../is-list.ts';
import { parseJmespath } from '../jmespath/parse-jmespath.ts';
import { search } from '../jmespath/search.ts';
import type { Scope } from '../scope.ts';
import { documentPath, samePlaceExpression } from './document-path.ts';
import { ExpressionText } from './expression-text.ts';
import { renderValue } from './render-value.ts';
import { resolveReferences } from './resolve-references.ts';
import type { Template, TemplatePart, Variable } from './template.ts';
import { cachedTemplate } from './template-cache.ts';

export interface SubstituteOptions extends Evaluation {
  /** Where the value stands in what Kyverno replaces variables in as a whole; for messages and for `{{ @ }}`. */
  readonly at?: readonly FieldKey[];
}

/**
 * Replaces the variables and references in a value of a policy (Kyverno 1.19). A text that is one
 * variable becomes its value, of whatever type; in a longer text values are written as text or JSON. Keys
 * may hold variables too.
 *
 * Unlike in Kyverno what a variable stands for is never read for variables again: it may be the
 * requester's text.
 * @throws {ConditionError} UNRESOLVED_VARIABLE, INVALID_ARGUMENT, SYNTAX, TOO_EXPENSIVE
 * @throws {PendingEntry} as the scope does, {PendingHost} as `hosts` does.
 */
export function substitute(
  value: JsonValue,
  scope: Scope,
  { at = [], ...evaluation }: SubstituteOptions,
): JsonValue {
  return new Substitution(scope, evaluation).value(resolveReferences(value, at), at);
}

/**
 * The expression that a text with variables makes: `jmesPath` of a policy. Where the text is one
 * variable, its value is the expression, as the author wants it; in a longer one values stay values
 * ({@link ExpressionText}).
 * @throws as {@link substitute} does.
 */
export function substituteExpression(
  text: string,
  scope: Scope,
  { at = [], ...evaluation }: SubstituteOptions,
): string {
  return new Substitution(scope, evaluation).expression(text, at);
}

class Substitution {
  readonly #scope: Scope;
  readonly #evaluation: Evaluation;

  constructor(scope: Scope, evaluation: Evaluation) {
    this.#scope = scope;
    this.#evaluation = evaluation;
  }

  value(value: JsonValue, at: readonly FieldKey[]): JsonValue {
    this.#evaluation.budget.spend();
    if (typeof value === 'string') return this.#text(cachedTemplate(value), at);
    if (isJsonObject(value)) return this.#object(value, at);
    if (!isList(value)) return value;
    return value.map((item, index) => this.value(item, [...at, index]));
  }

  expression(text: string, at: readonly FieldKey[]): string {
    const { parts, isValue } = cachedTemplate(text);
    const inner = this.#inner(parts, at);
    const [only] = inner;
    if (!isValue || typeof only !== 'object') return this.#expressionText(inner);
    if (typeof only.value === 'string') return only.value;
    throw new ConditionError(
      'INVALID_ARGUMENT',
      `jmespath value must be a string: found ${renderValue(only.value, this.#evaluation.budget)} for "${only.variable}"`,
    );
  }

  #object(object: JsonObject, at: readonly FieldKey[]): JsonObject {
    const fields = new Map<string, JsonValue>();
    for (const [key, item] of Object.entries(object)) {
      const name = this.#key(key, at);
      // Or the requester could write one field of a policy over with another.
      if (fields.has(name))
        throw new ConditionError(
          'INVALID_ARGUMENT',
          `Cannot replace the variables in key ${JSON.stringify(key)}: "${name}" is there already`,
        );
      fields.set(name, this.value(item ?? null, [...at, key]));
    }
    return Object.fromEntries(fields);
  }

  #key(key: string, at: readonly FieldKey[]): string {
    const name = this.#text(cachedTemplate(key), at) ?? key;
    if (typeof name === 'string') return name;
    throw new ConditionError(
      'INVALID_ARGUMENT',
      `expected string after substituting variables in key ${JSON.stringify(key)}`,
    );
  }

  #text({ parts, isValue }: Template, at: readonly FieldKey[]): JsonValue {
    const values = parts.map((part) => this.#part(part, at));
    const [only] = values;
    if (isValue && only !== undefined) return only;
    const text = values.map((value) => renderValue(value, this.#evaluation.budget)).join('');
    this.#evaluation.budget.spend(Math.ceil(text.length / CHARACTERS_A_STEP));
    return text;
  }

  #part(part: TemplatePart, at: readonly FieldKey[]): JsonValue {
    if (typeof part === 'string') return part;
    const inner = part.expression === undefined ? this.#inner(part.parts, at) : [];
    try {
      const expression = part.expression ?? parseJmespath(this.#dynamic(part, inner, at));
      return search(expression, this.#scope, { ...this.#evaluation, missing: 'fault' });
    } catch (error) {
      throw error instanceof ConditionError ? unresolved(part, at, error) : error;
    }
  }

  /** What an expression is made of, with the values of the variables in it. */
  #inner(parts: readonly TemplatePart[], at: readonly FieldKey[]): readonly InnerPart[] {
    return parts.map((part) =>
      typeof part === 'string' ? part : { variable: part.text, value: this.#part(part, at) },
    );
  }

  #dynamic({ text }: Variable, parts: readonly InnerPart[], at: readonly FieldKey[]): string {
    return text === '@' ? samePlaceExpression(at) : this.#expressionText(parts);
  }

  #expressionText(parts: readonly InnerPart[]): string {
    const expression = new ExpressionText(this.#evaluation.budget);
    for (const part of parts) {
      if (typeof part === 'string') expression.write(part);
      else expression.insert(part.value, part.variable);
    }
    return expression.text;
  }
}

type InnerPart = string | { readonly variable: string; readonly value: JsonValue };

/** Characters written that count as one step. */
const CHARACTERS_A_STEP = 64;

/** Kyverno's words, which its users look for. */
function unresolved(
  { text }: Variable,
  at: readonly FieldKey[],
  cause: ConditionError,
): ConditionError {
  return new ConditionError(
    cause.code,
    `failed to resolve ${text} at path ${documentPath(at)}: JMESPath query failed: ${cause.message}`,
    { cause },
  );
}
