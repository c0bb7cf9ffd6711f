import type { JsonValue } from '../../base/json-value.ts';
import { parseDuration } from '../../condition/duration.ts';
import type { EvaluationBudget } from '../../condition/evaluation-budget.ts';
import { budgetedWildcard } from '../../condition/operator/budgeted-wildcard.ts';
import { parseQuantity } from '../../condition/quantity.ts';

type Leaf = null | boolean | number | string;

/**
 * Whether a value meets a leaf of a pattern. Types count: a boolean or number in the pattern wants the
 * same; `null` wants absence or an empty value; text holds operators (Kyverno 1.19).
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function leafMatches(
  pattern: Leaf,
  value: JsonValue | undefined,
  budget: EvaluationBudget,
): boolean {
  if (pattern === null) return isNothing(value);
  if (typeof pattern === 'boolean') return pattern === value;
  return typeof pattern === 'number'
    ? numberMatches(pattern, value)
    : textMatches(pattern, value ?? null, budget);
}

function isNothing(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === 0 || value === '' || value === false;
}

/** Numbers in quotes count as numbers, as the API server stores some of them. */
function numberMatches(pattern: number, value: JsonValue | undefined): boolean {
  if (typeof value === 'number') return value === pattern;
  const form = Number.isInteger(pattern)
    ? /^[-+]?\d+$/
    : /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
  return typeof value === 'string' && form.test(value) && Number(value) === pattern;
}

/** `|` separates alternatives, `&` binds closer. */
function textMatches(pattern: string, value: JsonValue, budget: EvaluationBudget): boolean {
  if (value === pattern) return true;
  return pattern.split('|').some((alternative) => {
    budget.spend();
    return alternative
      .split('&')
      .every((condition) => conditionMatches(condition.trim(), value, budget));
  });
}

type Operator = '' | '!' | '>' | '<' | '>=' | '<=';

/** Longer operators first, since `>=` starts like `>`. */
const OPERATORS: readonly Operator[] = ['>=', '<=', '>', '<', '!'];

/** `a-b` and `a!-b`, both ends numbers with or without a unit. */
const RANGE = /^([-+]?\d+(?:\.\d+)?[A-Za-z]*)(!?)-([-+]?\d+(?:\.\d+)?[A-Za-z]*)$/;

function conditionMatches(condition: string, value: JsonValue, budget: EvaluationBudget): boolean {
  const meets = (operator: Operator, operand: string): boolean =>
    compare({ operator, operand, value }, budget);
  const range = RANGE.exec(condition);
  if (range !== null) {
    const [, low = '', not, high = ''] = range;
    return not === '!'
      ? meets('<', low) || meets('>', high)
      : meets('>=', low) && meets('<=', high);
  }
  const operator =
    condition.length < 2 ? undefined : OPERATORS.find((sign) => condition.startsWith(sign));
  return operator === undefined
    ? meets('', condition)
    : meets(operator, condition.slice(operator.length).trim());
}

interface Comparison {
  readonly operator: Operator;
  readonly operand: string;
  readonly value: JsonValue;
}

/** As durations where both are, else as quantities where both are, else as text with wildcards. */
function compare({ operator, operand, value }: Comparison, budget: EvaluationBudget): boolean {
  return (
    ordered(operator, duration(operand), duration(numberText(value))) ??
    ordered(operator, parseQuantity(operand), parseQuantity(numberText(value))) ??
    wildcard({ operator, operand, value }, budget)
  );
}

/** In patterns, unlike in conditions, a bare zero is a duration too. */
function duration(text: string | undefined): number | undefined {
  return text !== undefined && /^[-+]?0$/.test(text) ? 0 : parseDuration(text);
}

function ordered(
  operator: Operator,
  wanted: number | undefined,
  found: number | undefined,
): boolean | undefined {
  if (wanted === undefined || found === undefined) return undefined;
  switch (operator) {
    case '':
      return found === wanted;
    case '!':
      return found !== wanted;
    case '>':
      return found > wanted;
    case '<':
      return found < wanted;
    case '>=':
      return found >= wanted;
    case '<=':
      return found <= wanted;
  }
}

/** Text has no order. */
function wildcard({ operator, operand, value }: Comparison, budget: EvaluationBudget): boolean {
  const text = plainText(value);
  if (text === undefined || (operator !== '' && operator !== '!')) return false;
  return budgetedWildcard(operand, text, budget) === (operator === '');
}

/** What stands for a value in comparisons of numbers; an absent one is zero. */
function numberText(value: JsonValue): string | undefined {
  if (value === null) return '0';
  // Go's `%f`, which drops what is smaller than a millionth.
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(6);
  return typeof value === 'string' ? value : undefined;
}

/** What stands for a value in comparisons of text; an absent one has none. */
function plainText(value: JsonValue): string | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : exponential(value);
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Go's 'E' format, which is what Kyverno compares fractions as: 1.5 is `1.5E+00`. */
function exponential(value: number): string {
  return value
    .toExponential()
    .replace(/e([-+])(\d)$/, 'e$10$2')
    .toUpperCase();
}
