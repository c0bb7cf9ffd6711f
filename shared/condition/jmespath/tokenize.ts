import type { JsonValue } from '../../base/json-value.ts';
import { parseStrictJson } from '../../base/strict-json.ts';
import { messageOf } from '../../base/coded-error.ts';
import { JmespathSyntaxError } from './syntax-error.ts';
import type { Sign, Token } from './token.ts';

/**
 * Characters: as many as etcd takes for an object, since substitution puts whole values into literals.
 * Reading them takes time in proportion.
 */
const MAX_LENGTH = 1_500_000;

/**
 * Tokens. Bounds at once the size of the tree, its depth, and with it the stack that parsing and evaluation
 * need; the longest expression of the published policies has below a hundred.
 */
const MAX_TOKENS = 1000;

const SPACE = /[ \t\n\r]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const INTEGER = /-?[0-9]*/y;
/** Longer signs first. */
const SIGN = /\[\?|\[\]|\|\||&&|==|!=|<=|>=|[.*,:{}()[\]@|&!<>]/y;
const QUOTED = /"((?:[^"\\]|\\[^])*)"/y;
const RAW = /'((?:[^'\\]|\\'|\\(?!'))*)'/y;
const LITERAL = /`((?:[^`\\]|\\[^])*)`/y;

/**
 * Takes a text apart (JMESPath specification, "Grammar").
 * @throws {JmespathSyntaxError}
 */
export function tokenize(text: string): readonly Token[] {
  if (text.length > MAX_LENGTH)
    throw new JmespathSyntaxError(
      text,
      MAX_LENGTH,
      `found ${text.length} characters, expected at most ${MAX_LENGTH}`,
    );
  const tokens: Token[] = [];
  let at = endOf(SPACE, text, 0);
  while (at < text.length) {
    if (tokens.length >= MAX_TOKENS)
      throw new JmespathSyntaxError(text, at, `expected at most ${MAX_TOKENS} parts`);
    const [token, end] = nextToken(text, at);
    tokens.push(token);
    at = endOf(SPACE, text, end);
  }
  return [...tokens, { kind: 'end', at: text.length }];
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}

function take(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function nextToken(text: string, at: number): readonly [Token, number] {
  const char = text.charAt(at);
  if (char === '"') return quotedName(text, at);
  if (char === "'") return rawString(text, at);
  if (char === '`') return literal(text, at);
  if (/[-0-9]/.test(char)) return integer(text, at);
  const name = take(NAME, text, at);
  if (name !== null)
    return [{ kind: 'name', name: name[0], isQuoted: false, at }, at + name[0].length];
  const sign = take(SIGN, text, at);
  if (sign === null) throw new JmespathSyntaxError(text, at, unknownCharacter(text, at));
  return [{ kind: sign[0] as Sign, at }, at + sign[0].length];
}

function unknownCharacter(text: string, at: number): string {
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const hint = char === '=' ? ', expected "=="' : ', expected it in quotes';
  return `found ${JSON.stringify(char)}${hint}`;
}

function integer(text: string, at: number): readonly [Token, number] {
  const written = take(INTEGER, text, at)?.[0] ?? '';
  const value = Number(written);
  if (written === '-' || !Number.isSafeInteger(value))
    throw new JmespathSyntaxError(
      text,
      at,
      written === '-'
        ? 'found "-", expected a number after it, or names with "-" in double quotes'
        : `found ${written}, expected a smaller number`,
    );
  return [{ kind: 'integer', value, at }, at + written.length];
}

function quotedName(text: string, at: number): readonly [Token, number] {
  const [whole] = delimited(QUOTED, text, at);
  const name = decoded(text, at, whole);
  if (typeof name !== 'string') throw new JmespathSyntaxError(text, at, 'expected a quoted name');
  return [{ kind: 'name', name, isQuoted: true, at }, at + whole.length];
}

/** Only `\'` is an escape in a raw string. */
function rawString(text: string, at: number): readonly [Token, number] {
  const [whole, body] = delimited(RAW, text, at);
  return [{ kind: 'literal', value: body.replaceAll("\\'", "'"), at }, at + whole.length];
}

function literal(text: string, at: number): readonly [Token, number] {
  const [whole, body] = delimited(LITERAL, text, at);
  return [
    { kind: 'literal', value: decoded(text, at, body.replaceAll('\\`', '`')), at },
    at + whole.length,
  ];
}

function delimited(pattern: RegExp, text: string, at: number): readonly [string, string] {
  const found = take(pattern, text, at);
  if (found === null)
    throw new JmespathSyntaxError(text, at, `found ${text.charAt(at)} that is never closed`);
  return [found[0], found[1] ?? ''];
}

function decoded(text: string, at: number, json: string): JsonValue {
  try {
    return parseStrictJson(json);
  } catch (cause) {
    throw new JmespathSyntaxError(text, at, `expected JSON (${messageOf(cause)})`);
  }
}
