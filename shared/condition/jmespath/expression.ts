import type { JsonValue } from '../../base/json-value.ts';

/** A parsed expression, made by `parseJmespath`. Immutable, so that callers may keep and share it. */
export interface Expression {
  readonly text: string;
  readonly root: Node;
}

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** The syntax tree. A projection applies its `right` side to each element of its left side. */
export type Node =
  | { readonly kind: 'current' }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | SliceNode
  | { readonly kind: 'literal'; readonly value: JsonValue }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Node])[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | OperandNode<'reference'>
  | OperandNode<'not'>
  | OperandNode<'flatten'>
  | PairNode<'chain'>
  | PairNode<'pipe'>
  | PairNode<'or'>
  | PairNode<'and'>
  | PairNode<'projection'>
  | PairNode<'values'>
  | ComparisonNode
  | FilterNode;

interface OperandNode<Kind extends string> {
  readonly kind: Kind;
  readonly operand: Node;
}

/** `right` is evaluated on the value of `left`, or beside it. */
interface PairNode<Kind extends string> {
  readonly kind: Kind;
  readonly left: Node;
  readonly right: Node;
}

export interface SliceNode {
  readonly kind: 'slice';
  readonly start: number | undefined;
  readonly stop: number | undefined;
  readonly step: number;
}

export interface ComparisonNode {
  readonly kind: 'comparison';
  readonly operator: ComparisonOperator;
  readonly left: Node;
  readonly right: Node;
}

export interface FilterNode {
  readonly kind: 'filter';
  readonly left: Node;
  readonly condition: Node;
  readonly right: Node;
}

export const CURRENT: Node = { kind: 'current' };
