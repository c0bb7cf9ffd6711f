import type { CelUint } from '../value/cel-uint.ts';

/** A literal's value. */
export type Literal = null | boolean | bigint | number | string | Uint8Array | CelUint;

/** An element of a list, or the value of a map, which `?` lets be left out. */
export interface Element {
  readonly node: CelNode;
  readonly isOptional: boolean;
}

/** What a loop makes of its elements (cel-go: the macros of `parser/macro.go` and `ext/comprehensions.go`). */
export type LoopForm =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'map'
  | 'filter'
  | 'transformMap'
  | 'transformMapEntry'
  | 'sortBy';

export interface Loop {
  readonly kind: 'loop';
  readonly form: LoopForm;
  readonly range: CelNode;
  /** One, or two for index and element, or key and value. */
  readonly names: readonly string[];
  readonly filter: CelNode | undefined;
  readonly body: CelNode;
}

export interface Call {
  readonly kind: 'call';
  readonly name: string;
  readonly target: CelNode | undefined;
  readonly args: readonly CelNode[];
}

export interface Select {
  readonly kind: 'select';
  readonly operand: CelNode;
  readonly field: string;
  /** `has(operand.field)`: whether it is there. */
  readonly isTest: boolean;
  readonly isOptional: boolean;
}

/** The syntax of an expression, macros expanded. */
export type CelNode =
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'name'; readonly name: string }
  | Select
  | {
      readonly kind: 'index';
      readonly operand: CelNode;
      readonly index: CelNode;
      readonly isOptional: boolean;
    }
  | Call
  | { readonly kind: 'logic'; readonly op: '&&' | '||'; readonly terms: readonly CelNode[] }
  | {
      readonly kind: 'choice';
      readonly condition: CelNode;
      readonly ifTrue: CelNode;
      readonly ifFalse: CelNode;
    }
  | { readonly kind: 'list'; readonly elements: readonly Element[] }
  | { readonly kind: 'map'; readonly entries: readonly (Element & { readonly key: CelNode })[] }
  | Loop
  | {
      /** `optMap` and `optFlatMap`. */
      readonly kind: 'optional-map';
      readonly operand: CelNode;
      readonly name: string;
      readonly body: CelNode;
      readonly isFlat: boolean;
    };
