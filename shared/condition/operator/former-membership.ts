import type { JsonValue } from '../../base/json-value.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import { isList } from '../is-list.ts';
import { budgetedWildcard } from './budgeted-wildcard.ts';
import { WordSet } from './word-set.ts';
import { wordOf, wordsOf, writtenList } from './words.ts';

/**
 * The deprecated `In` and `NotIn` (Kyverno 1.19): of a list of keys all must be in, or one not in, and
 * patterns do not count; a value that is plain text is no list, so that `NotIn` never holds for it.
 * @returns whether the key is in; undefined where that cannot be said, and neither operator holds.
 */
export function isFormerMember(
  key: JsonValue,
  value: JsonValue,
  budget: EvaluationBudget,
): boolean | undefined {
  if (isList(key)) {
    const words = texts(key);
    return words === undefined ? undefined : areMembers(words, value, budget);
  }
  const [word] = wordsOf(key) ?? [];
  return word === undefined ? undefined : isOneOf(word, value, budget);
}

function isOneOf(word: string, value: JsonValue, budget: EvaluationBudget): boolean | undefined {
  if (isList(value)) return new WordSet(value.map(wordOf), budget).has(word);
  if (typeof value !== 'string') return undefined;
  if (budgetedWildcard(value, word, budget)) return true;
  const list = writtenList(value);
  return isWords(list) ? new WordSet(list, budget).hasExactly(word) : undefined;
}

function areMembers(
  words: readonly string[],
  value: JsonValue,
  budget: EvaluationBudget,
): boolean | undefined {
  if (words.length === 1 && words[0] === value) return true;
  const list = typeof value === 'string' ? writtenList(value) : texts(value);
  if (!isWords(list)) return undefined;
  const set = new WordSet(list, budget);
  return words.every((word) => set.hasExactly(word));
}

function isWords(list: ReturnType<typeof writtenList>): list is readonly string[] {
  return list !== undefined && list !== 'other';
}

/** A list of texts only. */
function texts(value: JsonValue): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
    ? value
    : undefined;
}
