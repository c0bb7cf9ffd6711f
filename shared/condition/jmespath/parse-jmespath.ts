import { FUNCTION_NAMES } from '../function/function-table.ts';
import { type ComparisonOperator, CURRENT, type Expression, type Node } from './expression.ts';
import type { Token } from './token.ts';
import { TokenReader } from './token-reader.ts';

/**
 * Parses a JMESPath expression as Kyverno 1.19 does (its fork of go-jmespath): names of functions are
 * checked here, their arguments when they run.
 * @throws {JmespathSyntaxError} saying where, what was found and what was expected.
 */
export function parseJmespath(text: string): Expression {
  const reader = new TokenReader(text);
  const root = expression(reader, 0);
  if (reader.token.kind !== 'end') throw reader.unexpected('an operator or the end');
  return { text, root };
}

type Kind = Token['kind'];
type Prefix = (reader: TokenReader, token: Token) => Node;

interface Infix {
  /** How strongly the sign binds what stands to its left; the numbers are go-jmespath's. */
  readonly binding: number;
  readonly parse: (reader: TokenReader, left: Node) => Node;
}

const COMPARISON_BINDING = 5;
const FLATTEN_BINDING = 9;
/** What binds less ends the right side of a projection. */
const PROJECTION_END = 10;
const STAR_BINDING = 20;
const FILTER_BINDING = 21;
const DOT_BINDING = 40;
const NOT_BINDING = 45;
const INDEX_BINDING = 55;

/** What an expression can start with. */
const PREFIX: ReadonlyMap<Kind, Prefix> = new Map<Kind, Prefix>([
  ['literal', operand],
  ['name', operand],
  ['@', () => CURRENT],
  ['*', (reader) => values(reader, CURRENT, STAR_BINDING)],
  ['[?', (reader) => filter(reader, CURRENT)],
  ['[]', (reader) => flatten(reader, CURRENT)],
  ['{', object],
  ['[', bracketed],
  ['&', (reader) => ({ kind: 'reference', operand: expression(reader, 0) })],
  ['!', (reader) => ({ kind: 'not', operand: expression(reader, NOT_BINDING) })],
  ['(', parenthesized],
]);

/** What can go on after a complete expression. */
const INFIX: ReadonlyMap<Kind, Infix> = new Map<Kind, Infix>([
  ['|', pair('pipe', 1)],
  ['||', pair('or', 2)],
  ['&&', pair('and', 3)],
  ['==', comparison('==')],
  ['!=', comparison('!=')],
  ['<', comparison('<')],
  ['<=', comparison('<=')],
  ['>', comparison('>')],
  ['>=', comparison('>=')],
  ['[]', { binding: FLATTEN_BINDING, parse: flatten }],
  ['[?', { binding: FILTER_BINDING, parse: filter }],
  ['.', { binding: DOT_BINDING, parse: dotted }],
  ['[', { binding: INDEX_BINDING, parse: indexed }],
]);

/** Top-down operator precedence: goes on while what follows binds more than what came before. */
function expression(reader: TokenReader, binding: number): Node {
  const first = reader.advance();
  const prefix = PREFIX.get(first.kind);
  if (prefix === undefined) throw reader.unexpected('a field, a literal or a function', first);
  let node = prefix(reader, first);
  for (;;) {
    const infix = INFIX.get(reader.token.kind);
    if (infix === undefined || infix.binding <= binding) return node;
    reader.advance();
    node = infix.parse(reader, node);
  }
}

function pair(kind: 'pipe' | 'or' | 'and', binding: number): Infix {
  return {
    binding,
    parse: (reader, left) => ({ kind, left, right: expression(reader, binding) }),
  };
}

function comparison(operator: ComparisonOperator): Infix {
  return {
    binding: COMPARISON_BINDING,
    parse: (reader, left) => {
      const right = expression(reader, COMPARISON_BINDING);
      return { kind: 'comparison', operator, left, right };
    },
  };
}

/** A literal, a field, or a call. */
function operand(reader: TokenReader, token: Token): Node {
  if (token.kind === 'literal') return { kind: 'literal', value: token.value };
  if (token.kind !== 'name') throw reader.unexpected('a name', token);
  if (!reader.accept('(')) return { kind: 'field', name: token.name };
  if (token.isQuoted || !FUNCTION_NAMES.has(token.name))
    throw reader.unexpected('the name of a function before "("', token);
  return { kind: 'call', name: token.name, args: callArguments(reader) };
}

/** A comma after the last argument, or none between two, is what Kyverno's parser lets pass. */
function callArguments(reader: TokenReader): readonly Node[] {
  const args: Node[] = [];
  while (!reader.accept(')')) {
    args.push(expression(reader, 0));
    reader.accept(',');
  }
  return args;
}

function parenthesized(reader: TokenReader): Node {
  const inner = expression(reader, 0);
  reader.expect(')');
  return inner;
}

/** After `*` that means the fields of an object. */
function values(reader: TokenReader, left: Node, binding: number): Node {
  return { kind: 'values', left, right: projected(reader, binding) };
}

function flatten(reader: TokenReader, left: Node): Node {
  const right = projected(reader, FLATTEN_BINDING);
  return { kind: 'projection', left: { kind: 'flatten', operand: left }, right };
}

function filter(reader: TokenReader, left: Node): Node {
  const condition = expression(reader, 0);
  reader.expect(']');
  return { kind: 'filter', left, condition, right: projected(reader, FILTER_BINDING) };
}

function dotted(reader: TokenReader, left: Node): Node {
  return reader.accept('*')
    ? values(reader, left, DOT_BINDING)
    : { kind: 'chain', left, right: afterDot(reader, DOT_BINDING) };
}

/** `[` at the start of an expression: an index, a slice, `[*]`, or a list of expressions. */
function bracketed(reader: TokenReader): Node {
  const { kind } = reader.token;
  const isStar = kind === '*' && reader.peek(1).kind === ']';
  return kind === 'integer' || kind === ':' || isStar ? indexed(reader, CURRENT) : list(reader);
}

/** After `[` that follows an expression. */
function indexed(reader: TokenReader, left: Node): Node {
  if (reader.accept('*')) {
    reader.expect(']');
    return { kind: 'projection', left, right: projected(reader, STAR_BINDING) };
  }
  const { token } = reader;
  if (token.kind === 'integer' && reader.peek(1).kind !== ':') {
    reader.advance();
    reader.expect(']');
    return { kind: 'chain', left, right: { kind: 'index', index: token.value } };
  }
  const part: Node = { kind: 'chain', left, right: slice(reader) };
  return { kind: 'projection', left: part, right: projected(reader, STAR_BINDING) };
}

function slice(reader: TokenReader): Node {
  const start = integer(reader);
  if (reader.token.kind !== ':') throw reader.unexpected('a number, ":" or "*"');
  reader.advance();
  const stop = integer(reader);
  const isStepped = reader.accept(':');
  const { token } = reader;
  const step = isStepped ? integer(reader) : undefined;
  if (step === 0) throw reader.unexpected('a step other than 0', token);
  reader.expect(']');
  return { kind: 'slice', start, stop, step: step ?? 1 };
}

function integer(reader: TokenReader): number | undefined {
  const { token } = reader;
  if (token.kind !== 'integer') return undefined;
  reader.advance();
  return token.value;
}

function list(reader: TokenReader): Node {
  const items = [expression(reader, 0)];
  while (reader.accept(',')) items.push(expression(reader, 0));
  reader.expect(']');
  return { kind: 'list', items };
}

function object(reader: TokenReader): Node {
  const entries: (readonly [string, Node])[] = [];
  do {
    const { token } = reader;
    if (token.kind !== 'name') throw reader.unexpected('a key');
    reader.advance();
    reader.expect(':');
    entries.push([token.name, expression(reader, 0)]);
  } while (reader.accept(','));
  reader.expect('}');
  return { kind: 'object', entries };
}

function afterDot(reader: TokenReader, binding: number): Node {
  const { kind } = reader.token;
  if (kind === 'name' || kind === '*') return expression(reader, binding);
  if (reader.accept('[')) return list(reader);
  if (reader.accept('{')) return object(reader);
  throw reader.unexpected('a field, "[" or "{"');
}

/** The right side of a projection: what is applied to each element. */
function projected(reader: TokenReader, binding: number): Node {
  const { kind } = reader.token;
  if ((INFIX.get(kind)?.binding ?? 0) < PROJECTION_END) return CURRENT;
  // An index or filter that starts an expression stands on the element.
  return reader.accept('.') ? afterDot(reader, binding) : expression(reader, binding);
}
