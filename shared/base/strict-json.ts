import { setImmediate } from 'node:timers/promises';
import { CodedError } from './coded-error.ts';
import { inTurns } from './in-turns.ts';
import { JsonReader, JsonRefused, type JsonRefusal } from './json-reader.ts';
import type { JsonValue } from './json-value.ts';

export type StrictJsonErrorCode = 'NOT_JSON' | 'TOO_DEEP' | 'TOO_MANY' | 'DUPLICATE_KEY';

/** Remote JSON that is not JSON, or that two parsers could read differently. */
export class StrictJsonError extends CodedError<StrictJsonErrorCode> {}

/** Far above any signature document met in practice, far below what would exhaust a stack. */
const MAX_DEPTH = 64;

/**
 * Parses JSON that somebody else wrote: nesting is bounded, and an object with one key twice is refused,
 * because parsers disagree about which one counts.
 * The caller bounds the size.
 * @throws {StrictJsonError}
 */
export function parseStrictJson(text: string): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new StrictJsonError('NOT_JSON', 'Cannot parse JSON: it is not well-formed', { cause });
  }
  scan(text);
  return value;
}

/** Texts up to this length are parsed at a stretch: it takes a few milliseconds at most. */
export const MAX_AT_A_STRETCH: number = 64 * 1024;

/** More than there are in the largest envelope, bundle or head of a statement that is accepted. */
const MAX_VALUES = 20_000;

export interface LongJsonOptions {
  /** Member of the outermost object that is checked like all others, and then left out: null stands for it. */
  readonly leaveOut?: string;
}

/**
 * The same for texts of any length, a few milliseconds at a time (MUST-NOT-HAPPEN 26). What is kept of long
 * ones is bounded: making many values takes its time afterwards, whenever they are collected.
 * @throws {StrictJsonError}
 */
export async function parseLongJson(
  text: string,
  { leaveOut }: LongJsonOptions = {},
): Promise<JsonValue> {
  if (text.length <= MAX_AT_A_STRETCH) return parseStrictJson(text);
  const reader = new JsonReader(text, { depth: MAX_DEPTH, values: MAX_VALUES, leaveOut });
  // Whoever calls has just decoded the text, which takes its time too.
  await setImmediate();
  try {
    await inTurns(() => reader.step());
  } catch (cause) {
    if (cause instanceof JsonRefused) throw refused(cause.refusal);
    throw new StrictJsonError('NOT_JSON', 'Cannot parse JSON: it is not well-formed', { cause });
  }
  await setImmediate();
  return reader.result ?? null;
}

function refused(refusal: JsonRefusal): StrictJsonError {
  switch (refusal.kind) {
    case 'too-deep':
      return tooDeep();
    case 'too-many':
      return new StrictJsonError(
        'TOO_MANY',
        'Cannot parse JSON: it holds more values or keys than any document that is read here',
      );
    case 'duplicate-key':
      return duplicateKey(JSON.stringify(refusal.key.slice(0, MAX_QUOTED)));
  }
}

/** Enough of a key to find it. */
const MAX_QUOTED = 200;

/** One pass over text that is known to be well-formed JSON. */
function scan(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : undefined);
      if (open.length > MAX_DEPTH) throw tooDeep();
    } else if (char === '}' || char === ']') {
      open.pop();
    } else if (char === '"') {
      const end = endOfString(text, index);
      if (isKey(text, end)) noteKey(open.at(-1), text.slice(index, end + 1));
      index = end;
    }
  }
}

function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index;
}

function isKey(text: string, end: number): boolean {
  let index = end + 1;
  while (' \t\n\r'.includes(text[index] ?? '.')) index += 1;
  return text[index] === ':';
}

function noteKey(keys: Set<string> | undefined, literal: string): void {
  const key = JSON.parse(literal) as string;
  if (keys?.has(key) === true) throw duplicateKey(literal);
  keys?.add(key);
}

function tooDeep(): StrictJsonError {
  return new StrictJsonError(
    'TOO_DEEP',
    `Cannot parse JSON: nested deeper than ${MAX_DEPTH} levels`,
  );
}

function duplicateKey(literal: string): StrictJsonError {
  return new StrictJsonError(
    'DUPLICATE_KEY',
    `Cannot parse JSON: key ${literal} occurs twice in one object`,
  );
}
