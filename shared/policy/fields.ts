import type { Fault } from '../base/fault.ts';
import { childPath, type FieldKey } from '../base/field-path.ts';
import { isJsonObject, type JsonObject, type JsonValue, member } from '../base/json-value.ts';
import type { FaultRule } from './fault-rules.ts';
import { closestWord } from './suggestion.ts';

/** How bad a fault is, or what kind it is. */
type FaultClass = Fault['severity'] | FaultRule;

/**
 * One object of a policy document while it is read. Every field is asked for by name and type; what is
 * wrong becomes a fault with its path, and what nobody asked for is an unknown field ({@link Fields.end}).
 * As in Kubernetes, `null` is the same as absent.
 */
export class Fields {
  readonly path: string;
  readonly #value: JsonObject;
  readonly #faults: Fault[];
  readonly #known = new Set<string>();

  constructor(value: JsonObject, path: string, faults: Fault[]) {
    this.#value = value;
    this.path = path;
    this.#faults = faults;
  }

  /** Path of a field of this object. */
  at(key: FieldKey): string {
    return childPath(this.path, key);
  }

  has(key: string): boolean {
    return this.json(key) !== undefined;
  }

  fault(as: FaultClass, message: string, key?: FieldKey): void {
    this.faultAt(key === undefined ? this.path : this.at(key), as, message);
  }

  /** A fault of something further down, by its full path. */
  faultAt(path: string, as: FaultClass, message: string): void {
    if (as === 'error' && UNREADABLE.get(this.#faults)?.has(path) === true) return;
    const kind = typeof as === 'string' ? { severity: as } : { severity: as.severity, rule: as.id };
    this.#faults.push({ ...kind, path, message });
  }

  /** Reports the field as not handled where it is there and says something. */
  unsupported(key: string, why: string): void {
    const value = this.json(key);
    if (value === undefined || isEmpty(value)) return;
    this.fault('unsupported', why, key);
  }

  /** The raw value; absent and null are undefined. */
  json(key: string): JsonValue | undefined {
    this.#known.add(key);
    return member(this.#value, key) ?? undefined;
  }

  string(key: string): string | undefined {
    const value = this.json(key);
    if (value === undefined || typeof value === 'string') return value;
    return this.#wrongType(key, value, 'a string');
  }

  /** A string out of a closed set. */
  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.string(key);
    const chosen = choices.find((choice) => choice === value);
    if (value !== undefined && chosen === undefined)
      return this.#unreadable(key, `found ${quote(value)}, expected ${oneOf(choices)}`);
    return chosen;
  }

  boolean(key: string): boolean | undefined {
    const value = this.json(key);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.#wrongType(key, value, 'true or false');
  }

  integer(key: string, range: { readonly min: number; readonly max: number }): number | undefined {
    const value = this.json(key);
    if (value === undefined) return undefined;
    if (
      typeof value === 'number' &&
      Number.isInteger(value) &&
      value >= range.min &&
      value <= range.max
    )
      return value;
    return this.#wrongType(key, value, `a whole number from ${range.min} to ${range.max}`);
  }

  strings(key: string): readonly string[] {
    return this.#list(key, 'a list of strings').flatMap((item, index) => {
      if (typeof item === 'string' && item.length <= MAX_ITEM_LENGTH) return [item];
      this.faultAt(
        childPath(this.at(key), index),
        'error',
        `found ${describe(item)}, expected a string of at most ${MAX_ITEM_LENGTH} characters`,
      );
      return [];
    });
  }

  /** A mapping of strings to strings; numbers and booleans have to be quoted, as for the API server. */
  stringMap(key: string): Readonly<Record<string, string>> {
    const fields = this.object(key);
    if (fields === undefined) return {};
    const entries = fields.keys().flatMap((name): [string, string][] => {
      const text = fields.string(name);
      return text === undefined ? [] : [[name, text]];
    });
    return Object.fromEntries(entries);
  }

  object(key: string): Fields | undefined {
    const value = this.json(key);
    if (value === undefined) return undefined;
    if (isJsonObject(value)) return new Fields(value, this.at(key), this.#faults);
    return this.#wrongType(key, value, 'a mapping');
  }

  objects(key: string): readonly Fields[] {
    return this.#list(key, 'a list of mappings').flatMap((item, index) => {
      const path = childPath(this.at(key), index);
      if (isJsonObject(item)) return [new Fields(item, path, this.#faults)];
      this.faultAt(path, 'error', `found ${describe(item)}, expected a mapping`);
      return [];
    });
  }

  /** The same object with its faults kept apart. */
  collecting(faults: Fault[]): Fields {
    return new Fields(this.#value, this.path, faults);
  }

  /** The same object as if it had these fields only. */
  picking(keys: readonly string[]): Fields {
    const picked = Object.entries(this.#value).filter(([key]) => keys.includes(key));
    return new Fields(Object.fromEntries(picked), this.path, this.#faults);
  }

  keys(): readonly string[] {
    return Object.keys(this.#value);
  }

  /** Reports every field that was not asked for. */
  end(): void {
    for (const key of this.keys()) {
      if (this.#known.has(key)) continue;
      const meant = this.#faults.length < MAX_HINTS ? closestWord(key, this.#known) : undefined;
      const hint = meant === undefined ? '' : `, did you mean "${meant}"?`;
      this.fault('error', `unknown field${hint}`, key);
    }
  }

  #list(key: string, expected: string): readonly JsonValue[] {
    const value = this.json(key);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value as readonly JsonValue[];
    this.#wrongType(key, value, expected);
    return [];
  }

  #wrongType(key: string, value: JsonValue, expected: string): undefined {
    return this.#unreadable(key, `found ${describe(value)}, expected ${expected}`);
  }

  #unreadable(key: string, message: string): undefined {
    this.fault('error', message, key);
    const paths = UNREADABLE.get(this.#faults) ?? new Set();
    UNREADABLE.set(this.#faults, paths.add(this.at(key)));
    return undefined;
  }
}

/** Fields that are there in a wrong form, by the list that tells so: their readers find them missing then. */
const UNREADABLE = new WeakMap<Fault[], Set<string>>();

/** Nobody reads more suggestions at a time; keeps the search for them cheap for hostile documents. */
const MAX_HINTS = 100;

/** Longer than any image, kind or namespace; keeps matching against the items cheap. */
const MAX_ITEM_LENGTH = 4096;

/** A value for messages: short, and with its type. */
function describe(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? `the string ${quote(value)}` : `the ${typeof value} ${value}`;
}

/** Longer texts say no more in a message than their start. */
const MAX_QUOTED = 60;

/** A text for messages, cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}

/** `"a", "b" or "c"`. */
export function oneOf(choices: readonly string[]): string {
  const quoted = choices.map((choice) => `"${choice}"`);
  const last = quoted.at(-1) ?? 'nothing';
  return quoted.length < 2 ? last : `${quoted.slice(0, -1).join(', ')} or ${last}`;
}

/** Empty text and empty collections say nothing, as for the API server. */
function isEmpty(value: JsonValue): boolean {
  return value === '' || (typeof value === 'object' && Object.keys(value ?? {}).length === 0);
}
