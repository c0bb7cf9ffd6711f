import type { JsonValue } from '../../base/json-value.ts';

/** Signs that stand for themselves. */
export type Sign =
  | '.'
  | '*'
  | ','
  | ':'
  | '{'
  | '}'
  | ']'
  | '('
  | ')'
  | '@'
  | '['
  | '[]'
  | '[?'
  | '|'
  | '||'
  | '&'
  | '&&'
  | '!'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>=';

/** A part of an expression; `at` is the offset of its first character. */
export type Token = (
  | { readonly kind: Sign | 'end' }
  | { readonly kind: 'name'; readonly name: string; readonly isQuoted: boolean }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'literal'; readonly value: JsonValue }
) & { readonly at: number };

/** A token as messages name it. */
export function describeToken(token: Token): string {
  if (token.kind === 'end') return 'the end';
  if (token.kind === 'name') return `the name ${JSON.stringify(token.name)}`;
  if (token.kind === 'integer') return `the number ${token.value}`;
  return token.kind === 'literal' ? 'a literal' : JSON.stringify(token.kind);
}
