import type { JsonValue } from '../../base/json-value.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import { isList } from '../is-list.ts';
import { budgetedWildcard } from './budgeted-wildcard.ts';
import { isInRange, parseRange } from './range.ts';
import { WordSet } from './word-set.ts';
import { wordOf, wordsOf, writtenList } from './words.ts';

export type Membership = 'AnyIn' | 'AllIn' | 'AnyNotIn' | 'AllNotIn';

/** Whether a word is among the values; undefined where that cannot be said. */
type Among = (word: string) => boolean | undefined;

interface Operands {
  readonly key: JsonValue;
  readonly value: JsonValue;
}

/**
 * `AnyIn` and its like (Kyverno 1.19). Words are compared with patterns on both sides; a value in one
 * text may be a pattern, a range `a-b` or a list written as JSON. What cannot be compared is neither in
 * nor not in.
 */
export function isMember(
  operator: Membership,
  operands: Operands,
  budget: EvaluationBudget,
): boolean {
  const words = wordsOf(operands.key);
  const among = words === undefined ? undefined : readValue(operator, operands, budget);
  if (words === undefined || among === undefined) return false;
  switch (operator) {
    case 'AnyIn':
      return words.some((word) => among(word) === true);
    case 'AllIn':
      return words.every((word) => among(word) === true);
    case 'AnyNotIn':
      return words.some((word) => among(word) === false);
    case 'AllNotIn':
      return words.every((word) => among(word) === false);
  }
}

function readValue(
  operator: Membership,
  { key, value }: Operands,
  budget: EvaluationBudget,
): Among | undefined {
  if (isList(value)) return amongWords(value.map(wordOf), budget);
  if (typeof value === 'string')
    return isList(key)
      ? amongText(value, { key, operator, budget })
      : (word) => isInText(value, word, budget);
  const takesOne = isList(key) && operator.startsWith('Any');
  return takesOne && (typeof value === 'number' || typeof value === 'boolean')
    ? amongWords([wordOf(value)], budget)
    : undefined;
}

function amongWords(words: readonly string[], budget: EvaluationBudget): Among {
  const set = new WordSet(words, budget);
  return (word) => set.has(word);
}

/** A text as the value for a single key: patterns count in the value only. */
function isInText(text: string, word: string, budget: EvaluationBudget): boolean | undefined {
  if (budgetedWildcard(text, word, budget)) return true;
  const range = parseRange(text);
  if (range !== undefined) return isInRange(range, word) === true;
  const list = writtenList(text);
  if (list === 'other') return undefined;
  return list !== undefined && new WordSet(list, budget).hasExactly(word);
}

interface TextContext {
  readonly key: JsonValue;
  readonly operator: Membership;
  readonly budget: EvaluationBudget;
}

/** A text as the value for a list of keys. */
function amongText(text: string, { key, operator, budget }: TextContext): Among | undefined {
  const words = wordsOf(key) ?? [];
  if (words.length === 1 && words[0] === text) return () => true;
  const range = parseRange(text);
  if (range !== undefined) {
    // For this operator alone, what has no place on the scale is not outside either.
    const unknown = operator === 'AnyNotIn' ? undefined : false;
    return (word) => isInRange(range, word) ?? unknown;
  }
  const list = writtenList(text);
  return list === 'other' ? undefined : amongWords(list ?? [text], budget);
}
