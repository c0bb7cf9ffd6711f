import { parseEvents, YAMLException } from 'js-yaml';
import { splitPath } from '../base/field-path.ts';
import type { JsonValue } from '../base/json-value.ts';
import { Composer } from './compose.ts';
import { type Composed, ComposeFault, type Place } from './composed.ts';
import { DocumentError } from './document-error.ts';
import { expandList } from './expand-list.ts';
import { splitJsonSequence } from './json-sequence.ts';
import { LineIndex, type Location } from './location.ts';

/** One document of a file. */
export interface SourceDocument {
  readonly value: JsonValue;
  /** The file, or what stands for it, as messages name it. */
  readonly origin: string;
  /** Line on which the document starts, from 1. */
  readonly line: number;
  /**
   * Where the field with this path stands; for a path that leads nowhere, the nearest field around it.
   * Paths are those of faults: `spec.rules[0].name`.
   */
  readonly locate: (path: string) => Location;
}

/** Characters. The API server takes objects of at most 3 MiB; a file may hold many of them. */
export const MAX_TEXT_LENGTH: number = 16 * 1024 * 1024;

/** Collections nested deeper than this are no Kubernetes object. */
const MAX_DEPTH = 100;

/** More documents than this in one file are no manifest but a mistake (a log, a dump). */
export const MAX_DOCUMENTS: number = 10_000;

/**
 * Reads YAML or JSON, one document or many, as Kubernetes does: YAML 1.1 scalars, timestamps as text,
 * empty documents skipped, lists (`kind: List` and the like) taken apart.
 * @throws {DocumentError} naming origin, line and column.
 */
export function parseDocuments(text: string, origin: string): readonly SourceDocument[] {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new DocumentError(
      'TOO_LARGE',
      `it has ${text.length} characters, expected at most ${MAX_TEXT_LENGTH}`,
      { origin },
    );
  }
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  const lines = new LineIndex(source);
  const parts = splitJsonSequence(source) ?? [{ start: 0, end: source.length }];
  const documents: SourceDocument[] = [];
  for (const { start, end } of parts) {
    const at = (offset: number): Location => lines.locate(start + offset);
    for (const composed of compose(source.slice(start, end), origin, at)) {
      for (const item of expandList(composed)) documents.push(sourceDocument(item, origin, at));
      if (documents.length > MAX_DOCUMENTS) {
        throw new DocumentError(
          'TOO_MANY',
          `it has more than ${MAX_DOCUMENTS} documents, expected fewer`,
          { origin, location: at(composed.place.offset) },
        );
      }
    }
  }
  return documents;
}

type Locate = (offset: number) => Location;

function compose(text: string, origin: string, at: Locate): readonly Composed[] {
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH });
    return new Composer(text, events).documents().filter(({ value }) => value !== null);
  } catch (thrown) {
    throw asDocumentError(thrown, origin, at);
  }
}

function asDocumentError(thrown: unknown, origin: string, at: Locate): unknown {
  if (thrown instanceof ComposeFault) {
    return new DocumentError(thrown.code, thrown.message, {
      origin,
      location: at(thrown.offset),
    });
  }
  if (!(thrown instanceof YAMLException)) return thrown;
  const location = thrown.mark === undefined ? undefined : at(thrown.mark.position);
  const isDepth = thrown.reason.startsWith('nesting exceeded');
  return new DocumentError(
    isDepth ? 'TOO_DEEP' : 'SYNTAX',
    isDepth
      ? `it is nested deeper than ${MAX_DEPTH} levels, expected a Kubernetes object`
      : `${thrown.reason}, expected valid YAML or JSON`,
    { origin, location, cause: thrown },
  );
}

function sourceDocument(composed: Composed, origin: string, at: Locate): SourceDocument {
  return {
    value: composed.value,
    origin,
    line: at(composed.place.offset).line,
    locate: (path) => at(placeOf(composed.place, path).offset),
  };
}

function placeOf(root: Place, path: string): Place {
  let place = root;
  for (const key of splitPath(path)) {
    const child = place.children.get(key);
    if (child === undefined) break;
    place = child;
  }
  return place;
}

/**
 * The value of the first document, lists left whole; null where there is none.
 * @throws {DocumentError}
 */
export function parseFirstValue(text: string, origin: string): JsonValue {
  const lines = new LineIndex(text);
  const [first] = compose(text, origin, (offset) => lines.locate(offset));
  return first?.value ?? null;
}
