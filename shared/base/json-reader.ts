import { JsonStringReader } from './json-string-reader.ts';
import type { JsonValue } from './json-value.ts';

/** Growing a larger table takes longer than a turn may; the longest honest ones have some thousand keys. */
const MAX_KEYS = 20_000;

/** What is read in one step: values, keys, and blanks between them. */
const TOKENS = 256;
const BLANKS = 4096;

/** Longer than any number that is one. */
const MAX_NUMBER_LENGTH = 400;
const NUMBER = /-?(?:0|[1-9][0-9]{0,400})(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,400})?/y;

const LITERALS: ReadonlyMap<string, readonly [string, JsonValue]> = new Map([
  ['t', ['true', true]],
  ['f', ['false', false]],
  ['n', ['null', null]],
]);

/** An object or list that is not closed yet. */
interface Open {
  readonly isObject: boolean;
  /** Whether only its form is checked: what it holds is not kept. */
  readonly isSkipped: boolean;
  /** Made with the first member: most containers of large documents are small, many are empty. */
  members: Map<string, JsonValue> | undefined;
  items: JsonValue[] | undefined;
  /** The key whose value comes next. */
  key: string;
}

/** What comes next. */
type State =
  'value' | 'first-item' | 'key' | 'first-key' | 'colon' | 'string' | 'key-string' | 'after';

export interface JsonReaderOptions {
  readonly depth: number;
  /** Values that are kept: making and collecting them takes longer than a turn may. */
  readonly values: number;
  /** Member of the outermost object that is checked like all others, and then left out: null stands for it. */
  readonly leaveOut?: string | undefined;
}

/** Why a text is refused, beside not being JSON at all. */
export type JsonRefusal =
  | { readonly kind: 'too-deep' }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'duplicate-key'; readonly key: string };

/** Thrown by {@link JsonReader.step}; made into an error of its own by who reads. */
export class JsonRefused extends Error {
  readonly refusal: JsonRefusal;

  constructor(refusal: JsonRefusal) {
    super(refusal.kind);
    this.refusal = refusal;
  }
}

/** Parses JSON in steps of well below a millisecond each, whatever the text holds (RFC 8259). */
export class JsonReader {
  readonly #text: string;
  readonly #options: JsonReaderOptions;
  readonly #strings: JsonStringReader;
  readonly #open: Open[] = [];
  #at = 0;
  #state: State = 'value';
  #values = 0;
  #result: JsonValue | undefined;

  constructor(text: string, options: JsonReaderOptions) {
    this.#text = text;
    this.#options = options;
    this.#strings = new JsonStringReader(text);
  }

  /** What the text holds, once the last step is done. */
  get result(): JsonValue | undefined {
    return this.#result;
  }

  /** @returns whether it was the last one. @throws {JsonRefused | SyntaxError} */
  step(): boolean {
    let blanks = 0;
    for (let tokens = 0; tokens < TOKENS; tokens += 1) {
      const isString = this.#state === 'string' || this.#state === 'key-string';
      if (!isString) {
        blanks += this.#skipBlanks(BLANKS - blanks);
        if (blanks === BLANKS) return false;
        if (this.#state === 'after' && this.#open.length === 0) return this.#finish();
      }
      const isRead = isString ? this.#string() : this.#token();
      if (!isRead) return false;
    }
    return false;
  }

  #skipBlanks(limit: number): number {
    const start = this.#at;
    const end = start + limit;
    for (; this.#at < end; this.#at += 1) {
      const char = this.#text.charCodeAt(this.#at);
      if (char !== 0x20 && char !== 0x0a && char !== 0x0d && char !== 0x09) break;
    }
    return this.#at - start;
  }

  #finish(): true {
    if (this.#at < this.#text.length) throw new SyntaxError('text goes on after its value');
    return true;
  }

  /** Reads one token that is no rest of a string. @returns whether it was read whole. */
  #token(): boolean {
    const char = this.#text[this.#at] ?? '';
    if (this.#isEmptyContainer(char)) return this.#close();
    if (this.#state === 'after') return this.#afterValue(char);
    if (this.#state === 'colon') return this.#pass(char, ':', 'value');
    const isKey = this.#state === 'first-key' || this.#state === 'key';
    return isKey ? this.#beginString(char, 'key-string') : this.#value(char);
  }

  #isEmptyContainer(char: string): boolean {
    if (char === ']') return this.#state === 'first-item';
    return char === '}' && this.#state === 'first-key';
  }

  #value(char: string): boolean {
    if (char === '{' || char === '[') return this.#enter(char === '{');
    if (char === '"') return this.#beginString(char, 'string');
    const literal = LITERALS.get(char);
    if (literal === undefined) return this.#number();
    const [word, value] = literal;
    if (!this.#text.startsWith(word, this.#at)) throw new SyntaxError('unknown word');
    this.#at += word.length;
    return this.#put(value);
  }

  #number(): boolean {
    NUMBER.lastIndex = this.#at;
    const [digits = ''] = NUMBER.exec(this.#text) ?? [];
    if (digits === '' || digits.length > MAX_NUMBER_LENGTH) throw new SyntaxError('not a value');
    this.#at += digits.length;
    return this.#put(Number(digits));
  }

  #beginString(char: string, state: 'string' | 'key-string'): boolean {
    if (char !== '"') throw new SyntaxError('expected a string');
    this.#strings.begin(this.#at);
    this.#state = state;
    return this.#string();
  }

  #string(): boolean {
    const text = this.#strings.step();
    if (text === undefined) return false;
    this.#at = this.#strings.after;
    if (this.#state === 'string') return this.#put(text);
    this.#noteKey(text);
    this.#state = 'colon';
    return true;
  }

  #noteKey(key: string): void {
    const open = this.#open.at(-1);
    if (open === undefined) return;
    open.members ??= new Map();
    if (open.members.has(key)) throw new JsonRefused({ kind: 'duplicate-key', key });
    if (open.members.size >= MAX_KEYS) throw new JsonRefused({ kind: 'too-many' });
    open.key = key;
  }

  #enter(isObject: boolean): boolean {
    if (this.#open.length >= this.#options.depth) throw new JsonRefused({ kind: 'too-deep' });
    const isSkipped = this.#isSkipped();
    this.#open.push({ isObject, isSkipped, members: undefined, items: undefined, key: '' });
    this.#state = isObject ? 'first-key' : 'first-item';
    this.#at += 1;
    return true;
  }

  #afterValue(char: string): boolean {
    const isObject = this.#open.at(-1)?.isObject === true;
    if (char === ',') return this.#pass(char, ',', isObject ? 'key' : 'value');
    if (char !== (isObject ? '}' : ']')) throw new SyntaxError('container does not end');
    return this.#close();
  }

  #pass(char: string, expected: string, next: State): boolean {
    if (char !== expected) throw new SyntaxError(`expected "${expected}"`);
    this.#at += 1;
    this.#state = next;
    return true;
  }

  #close(): boolean {
    const closed = this.#open.pop();
    this.#at += 1;
    if (closed === undefined || closed.isSkipped) return this.#put(null);
    // Own properties only, whatever they are called.
    return this.#put(
      closed.isObject ? Object.fromEntries(closed.members ?? []) : (closed.items ?? []),
    );
  }

  /** Whether the value that comes next is left out. */
  #isSkipped(): boolean {
    const open = this.#open.at(-1);
    if (open === undefined) return false;
    return open.isSkipped || (this.#open.length === 1 && open.key === this.#options.leaveOut);
  }

  #put(value: JsonValue): boolean {
    const open = this.#open.at(-1);
    const isSkipped = this.#isSkipped();
    if (!isSkipped) this.#values += 1;
    if (this.#values > this.#options.values) throw new JsonRefused({ kind: 'too-many' });
    this.#state = 'after';
    if (open === undefined) this.#result = value;
    else if (open.isObject) open.members?.set(open.key, isSkipped ? null : value);
    else if (!isSkipped) (open.items ??= []).push(value);
    return true;
  }
}
