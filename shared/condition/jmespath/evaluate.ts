import { isJsonObject, type JsonValue, member } from '../../base/json-value.ts';
import { ConditionError } from '../condition-error.ts';
import { deepEqual } from '../deep-equal.ts';
import type { Evaluation } from '../evaluation.ts';
import { isList } from '../is-list.ts';
import { callFunction } from '../function/call-function.ts';
import { type Argument, ExpressionReference } from '../function/argument.ts';
import type { Scope } from '../scope.ts';
import type { ComparisonNode, FilterNode, Node } from './expression.ts';
import { slice } from './slice.ts';

/** Stands for the names at the root of an expression, which are looked up one by one. */
export class ScopeRoot {
  readonly scope: Scope;

  constructor(scope: Scope) {
    this.scope = scope;
  }
}

/**
 * A field that its object does not have. Kyverno tells it from null: it passes through paths and the right
 * side of `&&` up to the result, and is null everywhere else.
 */
export class Missing {
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }
}

type Current = JsonValue | ScopeRoot;
type Result = JsonValue | Missing;
type Handler<Kind extends Node['kind'] = Node['kind']> = (
  node: Extract<Node, { readonly kind: Kind }>,
  current: Current,
  context: Evaluation,
) => Result;

/**
 * The value of a node for what it stands on; one step of the budget.
 * @throws {ConditionError}
 */
export function evaluate(node: Node, current: Current, context: Evaluation): Result {
  context.budget.spend();
  return (HANDLERS[node.kind] as Handler)(node, current, context);
}

const HANDLERS: { readonly [Kind in Node['kind']]: Handler<Kind> } = {
  current: (_node, current) => materialized(current),
  field: ({ name }, current) => field(current, name),
  index: ({ index }, current) => {
    const list = materialized(current);
    return isList(list) ? (list.at(index) ?? null) : null;
  },
  slice: (node, current, { budget }) => {
    const list = materialized(current);
    if (!isList(list)) return null;
    const part = slice(list, node);
    budget.spend(part.length);
    return part;
  },
  literal: ({ value }) => value,
  list: ({ items }, current, context) =>
    isNull(current) ? null : items.map((item) => known(item, current, context)),
  object: ({ entries }, current, context) =>
    isNull(current)
      ? null
      : Object.fromEntries(entries.map(([key, item]) => [key, known(item, current, context)])),
  call: ({ name, args }, current, context) =>
    callFunction(
      name,
      args.map((item) => argument(item, current, context)),
      context,
    ),
  reference: () => {
    throw new ConditionError(
      'INVALID_ARGUMENT',
      'Cannot evaluate "&": an expression reference can only be an argument of a function',
    );
  },
  not: ({ operand }, current, context) => isFalse(known(operand, current, context)),
  flatten: ({ operand }, current, context) =>
    flatten(tolerated(operand, current, context), context),
  chain: ({ left, right }, current, context) => {
    const value = step(left, current, context);
    return value instanceof Missing ? value : evaluate(right, value, context);
  },
  pipe: ({ left, right }, current, context) =>
    known(right, orNull(step(left, current, context)), context),
  or: (node, current, context) => {
    const value = known(node.left, current, context);
    return isFalse(value) ? known(node.right, current, context) : value;
  },
  and: (node, current, context) => {
    const value = known(node.left, current, context);
    return isFalse(value) ? value : evaluate(node.right, current, context);
  },
  projection: (node, current, context) =>
    project(known(node.left, current, context), node.right, context),
  values: (node, current, context) => {
    const value = tolerated(node.left, current, context);
    return isJsonObject(value)
      ? project(Object.values(value).map(definite), node.right, context)
      : null;
  },
  comparison: compare,
  filter,
};

/** Like {@link evaluate}, but `@` at the root stays the root, so that `@.name` looks up one name. */
function step(node: Node, current: Current, context: Evaluation): Current | Missing {
  return node.kind === 'current' ? current : evaluate(node, current, context);
}

function known(node: Node, current: Current, context: Evaluation): JsonValue {
  return orNull(evaluate(node, current, context));
}

function orNull<Value extends Current>(value: Value | Missing): Value | null {
  return value instanceof Missing ? null : value;
}

/**
 * Where Kyverno takes any fault below for null: what stands before `[]`, `[?…]` and `.*`. Faults that say
 * nothing about the data still pass.
 */
function tolerated(node: Node, current: Current, context: Evaluation): JsonValue {
  try {
    return known(node, current, context);
  } catch (thrown) {
    if (thrown instanceof ConditionError && thrown.code === 'INVALID_ARGUMENT') return null;
    throw thrown;
  }
}

function argument(node: Node, current: Current, context: Evaluation): Argument {
  if (node.kind !== 'reference') return known(node, current, context);
  return new ExpressionReference((element) => known(node.operand, element, context));
}

function materialized(current: Current): JsonValue {
  return current instanceof ScopeRoot ? current.scope.all() : current;
}

function isNull(current: Current): boolean {
  return current === null;
}

function field(current: Current, name: string): Result {
  if (current instanceof ScopeRoot) return found(current.scope.lookup(name), name);
  return isJsonObject(current) ? found(member(current, name), name) : null;
}

function found(value: JsonValue | undefined, name: string): Result {
  return value === undefined ? new Missing(name) : value;
}

function definite(value: JsonValue | undefined): JsonValue {
  return value ?? null;
}

function flatten(value: JsonValue, { budget }: Evaluation): JsonValue {
  if (!isList(value)) return null;
  const flat = value.flat() as readonly JsonValue[];
  budget.spend(flat.length);
  return flat;
}

function project(value: JsonValue, right: Node, context: Evaluation): JsonValue {
  if (!isList(value)) return null;
  return value.map((item) => known(right, item, context)).filter((item) => item !== null);
}

function filter(node: FilterNode, current: Current, context: Evaluation): JsonValue {
  const value = tolerated(node.left, current, context);
  if (!isList(value)) return null;
  return value
    .filter((item) => !isFalse(known(node.condition, item, context)))
    .map((item) => known(node.right, item, context))
    .filter((item) => item !== null);
}

/** Only numbers have an order; comparing anything else gives null. */
function compare(node: ComparisonNode, current: Current, context: Evaluation): JsonValue {
  const left = known(node.left, current, context);
  const right = known(node.right, current, context);
  if (node.operator === '==') return deepEqual(left, right, context.budget);
  if (node.operator === '!=') return !deepEqual(left, right, context.budget);
  return typeof left === 'number' && typeof right === 'number'
    ? ORDER[node.operator](left, right)
    : null;
}

const ORDER = {
  '<': (left: number, right: number) => left < right,
  '<=': (left: number, right: number) => left <= right,
  '>': (left: number, right: number) => left > right,
  '>=': (left: number, right: number) => left >= right,
};

/** False, null, and what is empty; 0 is true (JMESPath specification, "Or Expressions"). */
function isFalse(value: JsonValue): boolean {
  if (isList(value)) return value.length === 0;
  if (isJsonObject(value)) return Object.keys(value).length === 0;
  return value === false || value === null || value === '';
}
