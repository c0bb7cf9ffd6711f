import { CharacterSet, complement } from './character-set.ts';
import { PatternError } from './pattern-error.ts';
import { PatternReader } from './pattern-reader.ts';
import { readCharacterClass } from './read-character-class.ts';
import { readEscape } from './read-escape.ts';
import type { RepeatPattern, TextPattern } from './text-pattern.ts';

/** As many copies as RE2 allows, in nested repetitions together. */
const MAX_REPEAT = 1000;

/** As deep as Go lets expressions nest. */
const MAX_DEPTH = 1000;

const EMPTY: TextPattern = { kind: 'literal', text: '' };
const ANY: TextPattern = { kind: 'set', set: new CharacterSet(complement([[0x0a, 0x0a]])) };

/**
 * Reads a regular expression as what it generates. The syntax is that of POSIX's egrep as Go has it: no classes such
 * as `\d`, no groups that begin with `(?`. Where a match begins and ends says nothing about its text.
 * @throws {PatternError}
 */
export function parseTextPattern(pattern: string): TextPattern {
  return new PatternParser(pattern).parse();
}

class PatternParser {
  readonly #reader: PatternReader;
  readonly #pattern: string;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#reader = new PatternReader(pattern);
  }

  parse(): TextPattern {
    const found = this.#choice();
    if (!this.#reader.isAtEnd) throw new PatternError('unexpected )', this.#pattern);
    return found;
  }

  /** Up to the end, or the parenthesis that ends it. */
  #choice(): TextPattern {
    const options = [this.#sequence()];
    while (this.#reader.takeIf('|')) options.push(this.#sequence());
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: 'choice', options };
  }

  #sequence(): TextPattern {
    const parts: TextPattern[] = [];
    while (!this.#reader.isAtEnd && !/[|)]/.test(this.#reader.peek())) {
      const repeated = this.#repeated(parts.at(-1));
      if (repeated === undefined) parts.push(this.#one());
      else parts.splice(-1, 1, repeated);
    }
    return { kind: 'sequence', parts };
  }

  #one(): TextPattern {
    const reader = this.#reader;
    switch (reader.peek()) {
      case '(':
        return this.#group();
      case '[': {
        const start = reader.position;
        const set = readCharacterClass(reader);
        if (!set.isEmpty) return { kind: 'set', set };
        throw new PatternError('no character is in the class', reader.since(start));
      }
      case '\\':
        return { kind: 'literal', text: String.fromCodePoint(readEscape(reader)) };
    }
    const char = reader.take();
    if (char === '.') return ANY;
    return char === '^' || char === '$' ? EMPTY : { kind: 'literal', text: char };
  }

  #group(): TextPattern {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw new PatternError('expression nests too deeply', this.#pattern);
    this.#reader.take();
    const inside = this.#choice();
    if (!this.#reader.takeIf(')')) throw new PatternError('missing closing )', this.#pattern);
    this.#depth -= 1;
    return { kind: 'group', inside };
  }

  /** The part before with the repetition that comes next; undefined where none does. */
  #repeated(before: TextPattern | undefined): TextPattern | undefined {
    const bounds = SIGNS.get(this.#reader.peek()) ?? this.#counted();
    if (bounds === undefined) return undefined;
    const written = bounds.isCounted ? bounds.written : this.#reader.peek();
    if (before === undefined)
      throw new PatternError('missing argument to repetition operator', written);
    this.#reader.position += written.length;
    const { min, max, isCounted } = bounds;
    if (!isCounted && before.kind === 'repeat' && !before.isCounted)
      return { ...before, min: Math.min(min, before.min), max: maxOf(max, before.max) };
    const repeated = { kind: 'repeat', inside: before, min, max, isCounted } as const;
    if (!fits(repeated, MAX_REPEAT)) throw new PatternError('invalid repeat count', written);
    return repeated;
  }

  /** `{2}`, `{2,}` or `{2,5}`; a brace that begins none of them stands for itself. */
  #counted(): (Bounds & { readonly written: string }) | undefined {
    const found = this.#reader.match(COUNTED);
    if (found === undefined) return undefined;
    const [written, least, comma, most] = found;
    const min = Number(least);
    const upper = comma === undefined ? min : undefined;
    const max = most === undefined ? upper : Number(most);
    if (min > MAX_REPEAT || (max !== undefined && (max > MAX_REPEAT || max < min)))
      throw new PatternError('invalid repeat count', written);
    return { min, max, isCounted: true, written };
  }
}

const COUNTED = /\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}/y;

type Bounds = Pick<RepeatPattern, 'min' | 'max' | 'isCounted'>;

const SIGNS: ReadonlyMap<string, Bounds & { readonly isCounted: false }> = new Map([
  ['*', { min: 0, max: undefined, isCounted: false }],
  ['+', { min: 1, max: undefined, isCounted: false }],
  ['?', { min: 0, max: 1, isCounted: false }],
]);

function maxOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}

/** Whether a pattern makes at most so many copies of anything. */
function fits(pattern: TextPattern, copies: number): boolean {
  switch (pattern.kind) {
    case 'literal':
    case 'set':
      return true;
    case 'sequence':
      return pattern.parts.every((part) => fits(part, copies));
    case 'choice':
      return pattern.options.every((option) => fits(option, copies));
    case 'group':
      return fits(pattern.inside, copies);
    case 'repeat': {
      const most = pattern.isCounted ? (pattern.max ?? pattern.min) : 1;
      if (most > copies) return false;
      return fits(pattern.inside, Math.trunc(copies / Math.max(most, 1)));
    }
  }
}
