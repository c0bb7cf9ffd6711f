import { LAST_CODE_POINT } from './character-set.ts';
import { PatternError } from './pattern-error.ts';
import type { PatternReader } from './pattern-reader.ts';

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);

/**
 * The code point of an escape, its backslash included: octal, hexadecimal, a control character, or what has a
 * meaning without it.
 * @throws {PatternError} for any other, classes such as `\d` among them (Kyverno 1.19).
 */
export function readEscape(reader: PatternReader): number {
  const start = reader.position;
  reader.take();
  if (reader.isAtEnd) throw new PatternError('trailing backslash at end of expression', '');
  const char = reader.take();
  const control = CONTROLS.get(char);
  if (control !== undefined) return control;
  const found = octal(char, reader) ?? (char === 'x' ? hexadecimal(reader) : punctuation(char));
  if (found !== undefined) return found;
  throw new PatternError('invalid escape sequence', reader.since(start));
}

/** A digit other than 0 that stands alone would be a reference to a group, which RE2 does not have. */
function octal(first: string, reader: PatternReader): number | undefined {
  const isOctal = (char: string): boolean => /^[0-7]$/.test(char);
  if (!isOctal(first) || (first !== '0' && !isOctal(reader.peek()))) return undefined;
  let digits = first;
  while (digits.length < 3 && isOctal(reader.peek())) digits += reader.take();
  return Number.parseInt(digits, 8);
}

const HEXADECIMAL = /([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\}/y;

function hexadecimal(reader: PatternReader): number | undefined {
  const written = reader.match(HEXADECIMAL);
  if (written === undefined) return undefined;
  reader.position += written[0].length;
  const value = Number.parseInt(written[1] ?? written[2] ?? '', 16);
  return value <= LAST_CODE_POINT ? value : undefined;
}

function punctuation(char: string): number | undefined {
  return /^[\0-\x7f]$/.test(char) && !/[A-Za-z0-9]/.test(char) ? char.charCodeAt(0) : undefined;
}
