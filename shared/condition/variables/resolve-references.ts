import type { FieldKey } from '../../base/field-path.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json-value.ts';
import { compileRegexp } from '../../base/regexp.ts';
import { ConditionError } from '../condition-error.ts';
import { isList } from '../is-list.ts';
import { documentPath } from './document-path.ts';

/** Goes to the last bracket before a blank: two references side by side are one, as in Kyverno. */
const REFERENCE = compileRegexp(String.raw`^\$\(.[^ ]*\)|[^\\]\$\(.[^ ]*\)`);

const ESCAPED = compileRegexp(String.raw`\\\$\(.[^ )]*\)`);

/** A comparison sign, which is none where nothing stands behind it. */
const OPERATOR = /^(?:>=|<=|[<>!](?=[^]))/;

/** What every anchor of a pattern has: `(name)`, with its sign before it (Kyverno 1.19). */
const ANCHORED = /^\s*[+<=X^]?\((.+)\)\s*$/;

/**
 * Replaces references, `$(./../limits/memory)`, by what the same document holds there, in keys too (Kyverno
 * 1.19). A path that starts with `/` is taken as it stands, every other counts from the field that the
 * reference stands in. Anchors do not count where a path leads to, but they do where it starts. `\$(` is no
 * reference.
 * @throws {ConditionError} UNRESOLVED_VARIABLE, INVALID_ARGUMENT
 */
export function resolveReferences(document: JsonValue, root: readonly FieldKey[]): JsonValue {
  return new References(document, documentPath(root)).resolve();
}

class References {
  readonly #document: JsonValue;
  readonly #root: string;
  /** By path; worked out for the first reference. */
  #places: ReadonlyMap<string, JsonValue> | undefined;

  constructor(document: JsonValue, root: string) {
    this.#document = document;
    this.#root = root;
  }

  resolve(): JsonValue {
    return this.#value(this.#document, this.#root);
  }

  #value(value: JsonValue, at: string): JsonValue {
    if (typeof value === 'string') return this.#text(value, at);
    if (isList(value)) return value.map((item, index) => this.#value(item, below(at, index)));
    return isJsonObject(value) ? this.#object(value, at) : value;
  }

  #object(object: JsonObject, at: string): JsonObject {
    const fields = new Map<string, JsonValue>();
    for (const [key, item] of Object.entries(object)) {
      const name = this.#text(key, at);
      // Which of the two counted would be a matter of their order.
      if (fields.has(name))
        throw new ConditionError(
          'INVALID_ARGUMENT',
          `Cannot replace the references in key ${JSON.stringify(key)}: "${name}" is there already`,
        );
      fields.set(name, this.#value(item ?? null, below(at, key)));
    }
    return Object.fromEntries(fields);
  }

  #text(text: string, at: string): string {
    if (!text.includes('$(')) return text;
    let resolved = text;
    for (const { start, end } of REFERENCE.matches(text)) {
      const found = text.slice(start, end);
      const reference = found.slice(found.startsWith('$(') ? 0 : found.indexOf('$(', 1));
      const before = found.slice(0, found.length - reference.length);
      const value = this.#resolve(reference, at);
      resolved = resolved.replace(found, () => `${before}${value}`);
    }
    for (const { start, end } of [...ESCAPED.matches(resolved)].toReversed())
      resolved = `${resolved.slice(0, start)}${resolved.slice(start + 1, end)}${resolved.slice(end)}`;
    return resolved;
  }

  #resolve(reference: string, at: string): string {
    const path = reference.replaceAll(/^[$()]+|[$()]+$/g, '');
    const operator = OPERATOR.exec(path)?.[0] ?? '';
    const found = this.#lookUp(path.slice(operator.length), at);
    if (typeof found === 'string') return `${operator}${found}`;
    if (typeof found === 'number' && operator !== '') return `${operator}${found}`;
    const why = found === undefined ? 'nothing is there' : 'expected a text there';
    throw new ConditionError(
      'UNRESOLVED_VARIABLE',
      `failed to resolve ${reference} at path ${at}: ${why}`,
    );
  }

  #lookUp(path: string, at: string): JsonValue | undefined {
    if (path === '') return undefined;
    this.#places ??= placesOf(this.#document, this.#root);
    return this.#places.get(path.startsWith('/') ? path : clean(`${at}/${path}`.split('/')));
  }
}

/** What can be referred to, by path without anchors: everything but lists, which Kyverno does not find. */
function placesOf(document: JsonValue, root: string): ReadonlyMap<string, JsonValue> {
  const places = new Map<string, JsonValue>();
  const visit = (value: JsonValue, at: string): void => {
    if (isList(value)) {
      for (const [index, item] of value.entries()) visit(item, below(at, index));
      return;
    }
    places.set(at === '' ? '' : clean(at.split('/').map(withoutAnchor)), value);
    if (!isJsonObject(value)) return;
    for (const [key, item] of Object.entries(value)) visit(item ?? null, below(at, key));
  };
  visit(document, root);
  return places;
}

function below(at: string, key: FieldKey): string {
  return `${at}${documentPath([key])}`;
}

function withoutAnchor(step: string): string {
  return step.replace(ANCHORED, '$1');
}

/** Go's `path.Clean` of a path from the top. */
function clean(steps: readonly string[]): string {
  const kept: string[] = [];
  for (const step of steps) {
    if (step === '..') kept.pop();
    else if (step !== '' && step !== '.') kept.push(step);
  }
  return `/${kept.join('/')}`;
}
