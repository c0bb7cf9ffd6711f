import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import type { JsonObject, JsonValue } from '../base/json-value.ts';
import { AnchorTable } from './anchor-table.ts';
import { type Composed, ComposeFault, type Place } from './composed.ts';
import type { DocumentErrorCode } from './document-error.ts';
import { resolvePlainScalar } from './plain-scalar.ts';
import { resolveTag } from './tag.ts';

type CollectionEvent = Extract<Event, { start: number }>;
type ScalarEvent = Extract<Event, { valueStart: number }>;

/** Their value starts behind the quote; people look for the quote. */
const QUOTED: ReadonlySet<number> = new Set([
  SCALAR_STYLE.SINGLE_QUOTED,
  SCALAR_STYLE.DOUBLE_QUOTED,
]);

const NO_CHILDREN: ReadonlyMap<string | number, Place> = new Map();

/** Builds the plain value of every document in an event stream, with the place of each part. */
export class Composer {
  readonly #source: string;
  readonly #events: readonly Event[];
  readonly #anchors = new AnchorTable();
  #next = 0;
  #size = 0;
  #offset = 0;

  constructor(source: string, events: readonly Event[]) {
    this.#source = source;
    this.#events = events;
  }

  /** @throws {ComposeFault} for what YAML allows and a Kubernetes object does not. */
  documents(): readonly Composed[] {
    const found: Composed[] = [];
    while (this.#next < this.#events.length) {
      this.#take();
      this.#anchors.clear();
      while (this.#peek()?.type !== EVENT_ID.POP) found.push(this.#node());
      this.#take();
    }
    return found;
  }

  #peek(): Event | undefined {
    return this.#events[this.#next];
  }

  #take(): Event {
    const event = this.#events[this.#next];
    if (event === undefined) throw this.#fault('SYNTAX', 'the document ends too early');
    this.#next += 1;
    return event;
  }

  #fault(code: DocumentErrorCode, why: string, offset: number = this.#offset): ComposeFault {
    return new ComposeFault(code, offset, why);
  }

  #node(): Composed {
    const event = this.#take();
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.#anchored(event, () => this.#scalar(event));
      case EVENT_ID.SEQUENCE:
        return this.#anchored(event, () => this.#sequence(event));
      case EVENT_ID.MAPPING:
        return this.#anchored(event, () => this.#mapping(event));
      case EVENT_ID.ALIAS: {
        this.#offset = event.anchorStart;
        const name = this.#source.slice(event.anchorStart, event.anchorEnd);
        const target = this.#anchors.use(name, event.anchorStart);
        this.#size += target.size;
        // A copy, because callers patch documents and one change must not appear in two places.
        return { value: structuredClone(target.value), place: target.place };
      }
      case EVENT_ID.DOCUMENT:
      case EVENT_ID.POP:
        throw this.#fault('SYNTAX', 'expected a value');
    }
  }

  #anchored(event: CollectionEvent | ScalarEvent, compose: () => Composed): Composed {
    const before = this.#size;
    this.#size += 1;
    if (event.anchorStart < 0) return compose();
    const name = this.#source.slice(event.anchorStart, event.anchorEnd);
    this.#anchors.open(name);
    const composed = compose();
    this.#anchors.close(name, { ...composed, size: this.#size - before });
    return composed;
  }

  #scalar(event: ScalarEvent): Composed {
    const quotes = QUOTED.has(event.style) ? 1 : 0;
    const offset = event.valueStart < 0 ? this.#offset : event.valueStart - quotes;
    this.#offset = offset;
    const text = event.valueStart < 0 ? '' : getScalarValue(this.#source, event);
    const plain = event.style === SCALAR_STYLE.PLAIN ? resolvePlainScalar(text) : text;
    const tag = this.#source.slice(Math.max(event.tagStart, 0), Math.max(event.tagEnd, 0));
    const value = tag === '' ? plain : resolveTag(tag, text);
    if (value === undefined) {
      throw this.#fault(
        'UNSUPPORTED',
        `tag "${tag}" on ${JSON.stringify(text.slice(0, 40))} is not usable here, expected plain strings, numbers, booleans, lists and mappings`,
        event.tagStart,
      );
    }
    if (typeof value === 'number' && !Number.isFinite(value))
      throw this.#fault('UNSUPPORTED', `found "${text}", expected a number that JSON can hold`);
    return { value, place: { offset, children: NO_CHILDREN } };
  }

  #sequence(event: CollectionEvent): Composed {
    this.#collectionTag(event, 'seq');
    this.#offset = event.start;
    const items: JsonValue[] = [];
    const children = new Map<number, Place>();
    while (this.#peek()?.type !== EVENT_ID.POP) {
      const item = this.#node();
      children.set(items.length, item.place);
      items.push(item.value);
    }
    this.#take();
    return { value: items, place: { offset: event.start, children } };
  }

  #mapping(event: CollectionEvent): Composed {
    this.#collectionTag(event, 'map');
    this.#offset = event.start;
    const value: Record<string, JsonValue> = {};
    const children = new Map<string, Place>();
    const merged: { readonly source: Composed; readonly offset: number }[] = [];
    while (this.#peek()?.type !== EVENT_ID.POP) {
      const isMerge = this.#isMergeKey();
      const key = this.#key();
      const item = this.#node();
      if (isMerge) {
        merged.push({ source: item, offset: key.offset });
      } else {
        if (Object.hasOwn(value, key.name))
          throw this.#fault(
            'DUPLICATE_KEY',
            `key "${key.name}" is written twice, expected each key once`,
            key.offset,
          );
        setOwn(value, key.name, item.value);
        children.set(key.name, { offset: key.offset, children: item.place.children });
      }
    }
    this.#take();
    for (const { source, offset } of merged) this.#merge({ value, children }, source, offset);
    return { value, place: { offset: event.start, children } };
  }

  /** YAML 1.1 merge: keys written beside `<<` win, and an earlier source wins over a later one. */
  #merge(
    target: { value: Record<string, JsonValue>; children: Map<string, Place> },
    source: Composed,
    offset: number,
  ): void {
    const parts = Array.isArray(source.value)
      ? source.value.map((value: JsonValue, index) => ({
          value,
          place: source.place.children.get(index) ?? source.place,
        }))
      : [source];
    for (const { value, place } of parts) {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw this.#fault('SYNTAX', 'found "<<" with a value that is no mapping', offset);
      for (const [key, item] of Object.entries(value as JsonObject)) {
        if (Object.hasOwn(target.value, key) || item === undefined) continue;
        setOwn(target.value, key, item);
        target.children.set(key, place.children.get(key) ?? place);
      }
    }
  }

  #isMergeKey(): boolean {
    const event = this.#peek();
    return (
      event?.type === EVENT_ID.SCALAR &&
      event.style === SCALAR_STYLE.PLAIN &&
      event.tagStart < 0 &&
      event.valueStart >= 0 &&
      getScalarValue(this.#source, event) === '<<'
    );
  }

  /** Keys that are numbers or booleans become text, as in Kubernetes' conversion of YAML to JSON. */
  #key(): { readonly name: string; readonly offset: number } {
    const { value, place } = this.#node();
    if (value === null || typeof value === 'object')
      throw this.#fault(
        'UNSUPPORTED',
        `found ${value === null ? 'an empty key' : 'a list or mapping as a key'}, expected a string`,
        place.offset,
      );
    return { name: String(value), offset: place.offset };
  }

  #collectionTag(event: CollectionEvent, expected: 'seq' | 'map'): void {
    const tag = this.#source.slice(Math.max(event.tagStart, 0), Math.max(event.tagEnd, 0));
    if (tag === '' || tag === '!' || tag === `!!${expected}`) return;
    throw this.#fault(
      'UNSUPPORTED',
      `tag "${tag}" is not usable here, expected a plain list or mapping`,
      event.tagStart,
    );
  }
}

/** `__proto__` as a key is data here, never the prototype. */
function setOwn(target: Record<string, JsonValue>, key: string, value: JsonValue): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
