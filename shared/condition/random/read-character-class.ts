import { CharacterSet, type CodeRange, complement } from './character-set.ts';
import { PatternError } from './pattern-error.ts';
import type { PatternReader } from './pattern-reader.ts';
import { readEscape } from './read-escape.ts';

const DIGITS: CodeRange = [0x30, 0x39];
const UPPER: CodeRange = [0x41, 0x5a];
const LOWER: CodeRange = [0x61, 0x7a];

/** Named classes of POSIX, which are about ASCII in RE2. */
const NAMED: ReadonlyMap<string, readonly CodeRange[]> = new Map<string, readonly CodeRange[]>([
  ['alnum', [DIGITS, UPPER, LOWER]],
  ['alpha', [UPPER, LOWER]],
  ['ascii', [[0, 0x7f]]],
  ['blank', [codes('\t'), codes(' ')]],
  ['cntrl', [[0, 0x1f], codes('\x7f')]],
  ['digit', [DIGITS]],
  ['graph', [[0x21, 0x7e]]],
  ['lower', [LOWER]],
  ['print', [[0x20, 0x7e]]],
  [
    'punct',
    [
      [0x21, 0x2f],
      [0x3a, 0x40],
      [0x5b, 0x60],
      [0x7b, 0x7e],
    ],
  ],
  ['space', [[0x09, 0x0d], codes(' ')]],
  ['upper', [UPPER]],
  ['word', [DIGITS, UPPER, LOWER, codes('_')]],
  ['xdigit', [DIGITS, [0x41, 0x46], [0x61, 0x66]]],
]);

const NEWLINE = codes('\n');

/** One character as a range. */
function codes(char: string): CodeRange {
  const code = char.codePointAt(0) ?? 0;
  return [code, code];
}

/**
 * `[…]`, as POSIX has it: a minus sign stands for itself at the ends only. What is negated has no line breaks.
 * @throws {PatternError}
 */
export function readCharacterClass(reader: PatternReader): CharacterSet {
  const start = reader.position;
  reader.take();
  const isNegated = reader.takeIf('^');
  const ranges: CodeRange[] = [];
  for (let isFirst = true; isFirst || reader.peek() !== ']'; isFirst = false) {
    if (reader.isAtEnd) throw new PatternError('missing closing ]', reader.since(start));
    if (!isFirst) refuseMinus(reader);
    ranges.push(...(readNamed(reader) ?? [readRange(reader, start)]));
  }
  reader.take();
  return new CharacterSet(isNegated ? complement([...ranges, NEWLINE]) : ranges);
}

/** In the middle it would be a range from nothing. */
function refuseMinus(reader: PatternReader): void {
  if (!reader.isNext('-') || reader.isNext('-]')) return;
  throw new PatternError('invalid character class range', reader.match(/-[^]?/uy)?.[0] ?? '');
}

/** `[:alpha:]` or `[:^alpha:]`. */
function readNamed(reader: PatternReader): readonly CodeRange[] | undefined {
  const written = reader.isNext('[:') ? reader.through(':]') : undefined;
  if (written === undefined) return undefined;
  const [, sign, name = ''] = /^\[:(\^?)([^]*):\]$/.exec(written) ?? [];
  const ranges = NAMED.get(name);
  if (ranges === undefined) throw new PatternError('invalid character class range', written);
  reader.position += written.length;
  return sign === '^' ? complement(ranges) : ranges;
}

function readRange(reader: PatternReader, start: number): CodeRange {
  const from = reader.position;
  const first = readCharacter(reader, start);
  if (reader.isNext('-]') || !reader.takeIf('-')) return [first, first];
  const last = readCharacter(reader, start);
  if (last >= first) return [first, last];
  throw new PatternError('invalid character class range', reader.since(from));
}

function readCharacter(reader: PatternReader, start: number): number {
  if (reader.peek() === '\\') return readEscape(reader);
  const code = reader.take().codePointAt(0);
  if (code !== undefined) return code;
  throw new PatternError('missing closing ]', reader.since(start));
}
