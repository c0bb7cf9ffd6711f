import { JmespathSyntaxError } from './syntax-error.ts';
import { describeToken, type Token } from './token.ts';
import { tokenize } from './tokenize.ts';

/** The tokens of a text, one after the other. */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  /** @throws {JmespathSyntaxError} */
  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  get token(): Token {
    return this.peek(0);
  }

  peek(ahead: number): Token {
    return this.#tokens[this.#next + ahead] ?? { kind: 'end', at: this.#text.length };
  }

  advance(): Token {
    const { token } = this;
    this.#next += 1;
    return token;
  }

  /** Goes on if the next token is of this kind. */
  accept(kind: Token['kind']): boolean {
    const isNext = this.token.kind === kind;
    if (isNext) this.#next += 1;
    return isNext;
  }

  /** @throws {JmespathSyntaxError} unless the next token is of this kind. */
  expect(kind: Token['kind']): void {
    if (!this.accept(kind)) throw this.unexpected(JSON.stringify(kind));
  }

  unexpected(expected: string, token: Token = this.token): JmespathSyntaxError {
    const why = `found ${describeToken(token)}, expected ${expected}`;
    return new JmespathSyntaxError(this.#text, token.at, why);
  }
}
