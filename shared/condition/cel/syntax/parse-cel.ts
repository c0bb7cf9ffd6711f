import { ConditionError } from '../../condition-error.ts';
import type { CelNode, Element } from './cel-node.ts';
import { expandMacro } from './expand-macro.ts';
import { lex, type Token } from './lex.ts';
import { readLiteral } from './read-literal.ts';

/** As cel-go's; an expression that people write has some dozens of levels. */
const MAX_DEPTH = 250;

/** Names that no variable has. */
const RESERVED: ReadonlySet<string> = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

const RELATIONS: ReadonlySet<string> = new Set(['<', '<=', '>=', '>', '==', '!=', 'in']);
const SUMS: ReadonlySet<string> = new Set(['+', '-']);
const PRODUCTS: ReadonlySet<string> = new Set(['*', '/', '%']);

/**
 * Parses an expression (cel-go's grammar `CEL.g4`).
 * @throws {ConditionError} SYNTAX; UNSUPPORTED for messages of protocol buffers.
 */
export function parseCel(text: string): CelNode {
  const parser = new Parser(lex(text));
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): CelNode {
    const node = this.#expression();
    if (this.#token.kind !== 'end') throw this.#unexpected();
    return node;
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: 0 };
  }

  /** The sign or keyword at this place where it is one of these; steps over it. */
  #accept(...signs: readonly string[]): string | undefined {
    const { kind, text } = this.#token;
    if ((kind !== 'sign' && text !== 'in') || !signs.includes(text)) return undefined;
    this.#next += 1;
    return text;
  }

  #expect(sign: string): void {
    if (this.#accept(sign) === undefined) throw this.#unexpected(sign);
  }

  #unexpected(wanted?: string): ConditionError {
    const { text, at } = this.#token;
    const found = text === '' ? 'the end' : JSON.stringify(text.slice(0, 40));
    const hope = wanted === undefined ? '' : `, expected "${wanted}"`;
    return new ConditionError('SYNTAX', `found ${found} at ${at + 1}${hope}`);
  }

  #deeper<Result>(parse: () => Result, levels = 1): Result {
    this.#depth += levels;
    if (this.#depth > MAX_DEPTH)
      throw new ConditionError('SYNTAX', `more than ${MAX_DEPTH} levels deep`);
    const result = parse();
    this.#depth -= levels;
    return result;
  }

  #expression(): CelNode {
    return this.#deeper(() => {
      const condition = this.#logic('||');
      if (this.#accept('?') === undefined) return condition;
      const ifTrue = this.#logic('||');
      this.#expect(':');
      return { kind: 'choice', condition, ifTrue, ifFalse: this.#expression() };
    });
  }

  #logic(op: '&&' | '||'): CelNode {
    const term = (): CelNode => (op === '||' ? this.#logic('&&') : this.#relation());
    const terms = [term()];
    while (this.#accept(op) !== undefined) terms.push(term());
    const [first] = terms;
    return terms.length === 1 && first !== undefined ? first : { kind: 'logic', op, terms };
  }

  #relation(): CelNode {
    return this.#binary(RELATIONS, () =>
      this.#binary(SUMS, () => this.#binary(PRODUCTS, () => this.#unary())),
    );
  }

  /** Each operator makes what is before it one level deeper. */
  #binary(operators: ReadonlySet<string>, operand: () => CelNode): CelNode {
    let node = operand();
    let levels = 0;
    for (;;) {
      const operator = this.#accept(...operators);
      if (operator === undefined) return node;
      levels += 1;
      const right = this.#deeper(operand, levels);
      node = {
        kind: 'call',
        name: OPERATORS.get(operator) ?? operator,
        target: undefined,
        args: [node, right],
      };
    }
  }

  #unary(): CelNode {
    const sign = this.#accept('!', '-');
    if (sign === undefined) return this.#member();
    const number = sign === '-' ? readNumber(this.#token) : undefined;
    if (number !== undefined) {
      this.#next += 1;
      return this.#postfix({ kind: 'literal', value: number });
    }
    let count = 1;
    while (this.#accept(sign) !== undefined) count += 1;
    const operand = this.#member();
    // Twice is not at all, whatever the operand is.
    if (count % 2 === 0) return operand;
    return { kind: 'call', name: sign === '!' ? '!_' : '-_', target: undefined, args: [operand] };
  }

  #member(): CelNode {
    return this.#postfix(this.#primary());
  }

  #postfix(start: CelNode): CelNode {
    let node = start;
    for (let levels = 1; ; levels += 1) {
      if (levels > MAX_DEPTH)
        throw new ConditionError('SYNTAX', `more than ${MAX_DEPTH} levels deep`);
      if (this.#accept('.') !== undefined) node = this.#selection(node);
      else if (this.#accept('[') !== undefined) {
        const isOptional = this.#accept('?') !== undefined;
        const index = this.#deeper(() => this.#expression(), levels);
        this.#expect(']');
        node = { kind: 'index', operand: node, index, isOptional };
      } else return node;
    }
  }

  #selection(operand: CelNode): CelNode {
    const isOptional = this.#accept('?') !== undefined;
    const { kind, text } = this.#token;
    const isEscaped = kind === 'escaped';
    if (isEscaped) this.#next += 1;
    const field = isEscaped ? text.slice(1, -1) : this.#name();
    if (isOptional || isEscaped || this.#accept('(') === undefined)
      return { kind: 'select', operand, field, isTest: false, isOptional };
    return expandMacro({ kind: 'call', name: field, target: operand, args: this.#arguments() });
  }

  #name(): string {
    const { kind, text } = this.#token;
    if (kind !== 'name') throw this.#unexpected();
    this.#next += 1;
    return text;
  }

  #arguments(): readonly CelNode[] {
    if (this.#accept(')') !== undefined) return [];
    const args = [this.#expression()];
    while (this.#accept(',') !== undefined) args.push(this.#expression());
    this.#expect(')');
    return args;
  }

  #primary(): CelNode {
    const value = readLiteral(this.#token);
    if (value !== undefined) {
      this.#next += 1;
      return { kind: 'literal', value };
    }
    if (this.#accept('(') !== undefined) {
      const node = this.#expression();
      this.#expect(')');
      return node;
    }
    if (this.#accept('[') !== undefined)
      return { kind: 'list', elements: this.#series(']', () => this.#element()) };
    if (this.#accept('{') !== undefined)
      return { kind: 'map', entries: this.#series('}', () => this.#entry()) };
    return this.#nameOrCall();
  }

  #nameOrCall(): CelNode {
    const dot = this.#accept('.') ?? '';
    this.#refuseMessage();
    const { text } = this.#token;
    if (RESERVED.has(text)) throw new ConditionError('SYNTAX', `reserved identifier: ${text}`);
    const name = `${dot}${this.#name()}`;
    if (this.#accept('(') === undefined) return { kind: 'name', name };
    return expandMacro({ kind: 'call', name, target: undefined, args: this.#arguments() });
  }

  /** `google.protobuf.Value{…}`, `Object{…}`: no expression that validates needs one. */
  #refuseMessage(): void {
    let index = this.#next;
    while (this.#tokens[index]?.kind === 'name' && this.#tokens[index + 1]?.text === '.')
      index += 2;
    const isName = this.#tokens[index]?.kind === 'name';
    const { kind, text } = this.#tokens[index + 1] ?? this.#token;
    if (isName && kind === 'sign' && text === '{')
      throw new ConditionError('UNSUPPORTED', 'messages of protocol buffers are not supported');
  }

  /** Elements up to a bracket; a comma may stand after the last. */
  #series<Item>(end: string, item: () => Item): readonly Item[] {
    const items: Item[] = [];
    if (this.#accept(',') !== undefined) {
      this.#expect(end);
      return items;
    }
    while (this.#accept(end) === undefined) {
      items.push(item());
      if (this.#accept(',') === undefined) {
        this.#expect(end);
        return items;
      }
    }
    return items;
  }

  #element(): Element {
    const isOptional = this.#accept('?') !== undefined;
    return { node: this.#expression(), isOptional };
  }

  #entry(): Element & { readonly key: CelNode } {
    const { node: key, isOptional } = this.#element();
    this.#expect(':');
    return { key, node: this.#expression(), isOptional };
  }
}

const OPERATORS: ReadonlyMap<string, string> = new Map(
  [...RELATIONS, ...SUMS, ...PRODUCTS].map((sign) => [sign, `_${sign}_`]),
);

function readNumber(token: Token): bigint | number | undefined {
  if (token.kind !== 'int' && token.kind !== 'double') return undefined;
  const value = readLiteral(token, '-');
  return typeof value === 'bigint' || typeof value === 'number' ? value : undefined;
}
