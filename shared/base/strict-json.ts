import { CodedError } from './coded-error.ts';
import type { JsonValue } from './json-value.ts';

export type StrictJsonErrorCode = 'NOT_JSON' | 'TOO_DEEP' | 'DUPLICATE_KEY';

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

/** One pass over text that is known to be well-formed JSON. */
function scan(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : undefined);
      if (open.length > MAX_DEPTH)
        throw new StrictJsonError(
          'TOO_DEEP',
          `Cannot parse JSON: nested deeper than ${MAX_DEPTH} levels`,
        );
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
  if (keys?.has(key) === true)
    throw new StrictJsonError(
      'DUPLICATE_KEY',
      `Cannot parse JSON: key ${literal} occurs twice in one object`,
    );
  keys?.add(key);
}
