import { ConditionError } from '../../condition-error.ts';

export type TokenKind =
  'name' | 'escaped' | 'keyword' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it starts, characters from 0 on. */
  readonly at: number;
}

const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?${'`'}]|[0-3][0-7]{2}|[xX][\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8})`;

const TEXT = [
  String.raw`[rR]"""[^]*?"""`,
  String.raw`[rR]'''[^]*?'''`,
  String.raw`[rR]"[^"\n\r]*"`,
  String.raw`[rR]'[^'\n\r]*'`,
  String.raw`"""(?:${ESCAPE}|[^\\])*?"""`,
  String.raw`'''(?:${ESCAPE}|[^\\])*?'''`,
  String.raw`"(?:${ESCAPE}|[^\\"\n\r])*"`,
  String.raw`'(?:${ESCAPE}|[^\\'\n\r])*'`,
].join('|');

/** The lexical rules of cel-go's grammar (`CEL.g4`); the first that finds something decides. */
const FORMS: readonly (readonly [TokenKind | 'space', RegExp])[] = [
  ['space', /(?:[\t \r\n\f]|\/\/[^\n]*)+/y],
  ['bytes', new RegExp(`[bB](?:${TEXT})`, 'y')],
  ['string', new RegExp(TEXT, 'y')],
  ['name', /[A-Za-z_]\w*/y],
  ['escaped', /`[\w./ -]+`/y],
  ['double', /\d+\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.\d+(?:[eE][-+]?\d+)?/y],
  ['uint', /(?:0x[\dA-Fa-f]+|\d+)[uU]/y],
  ['int', /0x[\dA-Fa-f]+|\d+/y],
  ['sign', /==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}]/y],
];

const KEYWORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in']);

/**
 * The tokens of an expression; the last is its end.
 * @throws {ConditionError} SYNTAX
 */
export function lex(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const token = tokenAt(text, at);
    if (token.kind !== 'space') tokens.push({ ...token, kind: token.kind, at });
    at += token.text.length;
  }
  return [...tokens, { kind: 'end', text: '', at }];
}

function tokenAt(
  text: string,
  at: number,
): { readonly kind: TokenKind | 'space'; readonly text: string } {
  for (const [kind, form] of FORMS) {
    form.lastIndex = at;
    const found = form.exec(text)?.[0];
    if (found !== undefined) return { kind: KEYWORDS.has(found) ? 'keyword' : kind, text: found };
  }
  throw new ConditionError(
    'SYNTAX',
    `unexpected character ${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))} at ${at + 1}`,
  );
}
