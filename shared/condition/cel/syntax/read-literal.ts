import { ConditionError } from '../../condition-error.ts';
import { MAX_INT, MAX_UINT } from '../value/int-range.ts';
import { CelUint } from '../value/cel-uint.ts';
import type { Literal } from './cel-node.ts';
import type { Token, TokenKind } from './lex.ts';

/**
 * The value of a token; undefined for one that is no literal. A sign before a number belongs to it.
 * @throws {ConditionError} SYNTAX for numbers that are too great, and characters that do not exist.
 */
export function readLiteral({ kind, text }: Token, sign = ''): Literal | undefined {
  return READERS[kind]?.(text, sign);
}

const READERS: Partial<Record<TokenKind, (text: string, sign: string) => Literal | undefined>> = {
  int: (text, sign) => wholeNumber(sign, text),
  uint: (text) => unsignedNumber(text.slice(0, -1)),
  double: (text, sign) => finite(Number(`${sign}${text}`), text),
  string: textOf,
  bytes: (text) => bytesOf(text.slice(1)),
  keyword: (text) => KEYWORDS.get(text),
};

const KEYWORDS: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function wholeNumber(sign: string, text: string): bigint {
  const value = BigInt(text);
  if (value > MAX_INT + (sign === '-' ? 1n : 0n)) throw malformed('a whole number', text);
  return sign === '-' ? -value : value;
}

function unsignedNumber(text: string): CelUint {
  const value = BigInt(text);
  if (value > MAX_UINT) throw malformed('a whole number', text);
  return new CelUint(value);
}

function finite(value: number, text: string): number {
  if (Number.isFinite(value)) return value;
  throw malformed('a number', text);
}

interface Quoted {
  readonly content: string;
  readonly isRaw: boolean;
}

function unquoted(text: string): Quoted {
  const isRaw = /^[rR]/.test(text);
  const rest = isRaw ? text.slice(1) : text;
  const marks = /^(?:"""|''')/.test(rest) && rest.length >= 6 ? 3 : 1;
  // Line ends are one character, whatever the editor made them (cel-go: `newlineNormalizer`).
  return { content: rest.slice(marks, -marks).replaceAll(/\r\n?/g, '\n'), isRaw };
}

const ESCAPE = /\\(?:[xX]([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|([0-3][0-7]{2})|([^]))/g;

/** The number of a character or byte; undefined for one that stands for itself. */
function codeOf([, hex, short, long, octal]: RegExpExecArray): number | undefined {
  const digits = hex ?? short ?? long;
  if (digits !== undefined) return Number.parseInt(digits, 16);
  return octal === undefined ? undefined : Number.parseInt(octal, 8);
}

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

function textOf(text: string): string {
  const { content, isRaw } = unquoted(text);
  if (isRaw) return content;
  return pieces(content)
    .map((piece) => (typeof piece === 'string' ? piece : character(piece)))
    .join('');
}

/** Texts between escapes, and escapes. */
function pieces(content: string): readonly (string | RegExpExecArray)[] {
  const found: (string | RegExpExecArray)[] = [];
  let last = 0;
  for (const escape of content.matchAll(ESCAPE)) {
    found.push(content.slice(last, escape.index), escape);
    last = escape.index + escape[0].length;
  }
  return [...found, content.slice(last)];
}

function plain([, , , , , char = '']: RegExpExecArray): string {
  return SIMPLE.get(char) ?? char;
}

function character(escape: RegExpExecArray): string {
  const code = codeOf(escape);
  if (code === undefined) return plain(escape);
  if (code > 0x10_ff_ff || (code >= 0xd8_00 && code <= 0xdf_ff))
    throw malformed('a character', escape[0]);
  return String.fromCodePoint(code);
}

/** Numeric escapes are bytes, all other characters their UTF-8. */
function bytesOf(text: string): Uint8Array {
  const { content, isRaw } = unquoted(text);
  if (isRaw) return new TextEncoder().encode(content);
  const bytes = pieces(content).map((piece) =>
    typeof piece === 'string' ? Buffer.from(piece, 'utf8') : escapedBytes(piece),
  );
  return new Uint8Array(Buffer.concat(bytes));
}

function escapedBytes(escape: RegExpExecArray): Buffer {
  if (/^\\[uU]/.test(escape[0])) throw malformed('a byte', escape[0]);
  const code = codeOf(escape);
  return code === undefined ? Buffer.from(plain(escape), 'utf8') : Buffer.from([code]);
}

function malformed(what: string, text: string): ConditionError {
  return new ConditionError('SYNTAX', `${JSON.stringify(text)} is not ${what}`);
}
