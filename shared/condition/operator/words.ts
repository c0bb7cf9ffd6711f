import type { JsonValue } from '../../base/json-value.ts';
import { isList } from '../is-list.ts';

/** How Kyverno compares a value with words: as it prints it. */
export function wordOf(value: JsonValue): string {
  if (value === null) return '<nil>';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A single value or a list as words; undefined for what operators on sets do not take. */
export function wordsOf(value: JsonValue): readonly string[] | undefined {
  if (isList(value)) return value.map(wordOf);
  return value === null || typeof value === 'object' ? undefined : [wordOf(value)];
}

/**
 * A list of words written as JSON inside a text. `undefined` where the text is not JSON, `'other'` where
 * it is JSON but not such a list.
 */
export function writtenList(text: string): readonly string[] | 'other' | undefined {
  // Sparing the parser what cannot be JSON: most values are plain words.
  if (!/^\s*[[{"\d\-tfn]/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  // Go decodes null into any list, as nothing, and into any string, as an empty one.
  if (value === null) return [];
  if (!Array.isArray(value)) return 'other';
  const words = value.map((item: unknown) => (item === null ? '' : item));
  return words.every((word) => typeof word === 'string') ? words : 'other';
}
