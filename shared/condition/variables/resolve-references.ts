import type { FieldKey } from '../../base/field-path.ts';
import { isJsonObject, type JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../condition-error.ts';
import { isList } from '../is-list.ts';
import { documentPath, withoutAnchor } from './document-path.ts';

/** `$(./../name)`, with a comparison sign before the path or not. */
const REFERENCE = /(?<!\\)\$\((>=|<=|>|<|!)?([^\s()]+)\)/g;

/**
 * Replaces references, `$(./../limits/memory)`, by what the same document holds there (Kyverno 1.19). A
 * path that starts with `/` counts from the top, every other from the field that the reference stands in;
 * anchors do not count in paths. `\$(` is no reference.
 * @throws {ConditionError} UNRESOLVED_VARIABLE
 */
export function resolveReferences(document: JsonValue, root: readonly FieldKey[]): JsonValue {
  const resolve = (value: JsonValue, at: readonly FieldKey[]): JsonValue => {
    if (typeof value === 'string')
      return value.includes('$(') ? resolveText(value, { document, root, at }) : value;
    if (isList(value)) return value.map((item, index) => resolve(item, [...at, index]));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolve(item ?? null, [...at, key])]),
    );
  };
  return resolve(document, []);
}

interface Place {
  readonly document: JsonValue;
  readonly root: readonly FieldKey[];
  readonly at: readonly FieldKey[];
}

function resolveText(text: string, place: Place): string {
  return text
    .replaceAll(REFERENCE, (reference: string, operator: string | undefined, path: string) => {
      const found = lookUp(place.document, absolute(path, place.at));
      if (typeof found === 'string') return `${operator ?? ''}${found}`;
      if (typeof found === 'number' && operator !== undefined) return `${operator}${found}`;
      const why = found === undefined ? 'nothing is there' : 'expected a text there';
      throw new ConditionError(
        'UNRESOLVED_VARIABLE',
        `failed to resolve ${reference} at path ${documentPath([...place.root, ...place.at])}: ${why}`,
      );
    })
    .replaceAll(/\\(\$\([^\s()]+\))/g, '$1');
}

function absolute(path: string, at: readonly FieldKey[]): readonly string[] {
  const keys = path.startsWith('/') ? [] : at.map(withoutAnchor);
  for (const step of path.split('/')) {
    if (step === '..') keys.pop();
    else if (step !== '' && step !== '.') keys.push(step);
  }
  return keys;
}

function lookUp(document: JsonValue, keys: readonly string[]): JsonValue | undefined {
  let current: JsonValue | undefined = document;
  for (const key of keys) {
    if (isList(current)) current = current[Number(key)];
    else if (isJsonObject(current)) current = fieldOf(current, key);
    else return undefined;
  }
  return current;
}

function fieldOf(object: Readonly<Record<string, JsonValue | undefined>>, name: string) {
  const key = Object.keys(object).find((candidate) => withoutAnchor(candidate) === name);
  return key === undefined ? undefined : object[key];
}
