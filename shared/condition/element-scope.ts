import type { JsonValue } from '../base/json-value.ts';
import { FixedScope } from './fixed-scope.ts';
import type { Scope } from './scope.ts';

/** One turn of a `foreach`. */
export interface ForeachElement {
  readonly element: JsonValue;
  /** Place in the list, from 0. */
  readonly index: number;
  /** 0 for the outermost `foreach`. */
  readonly nesting: number;
}

/**
 * `element` and `elementIndex`, also with the number of their `foreach`: `element0` is the outermost
 * (Kyverno 1.19).
 */
export function elementScope(below: Scope, { element, index, nesting }: ForeachElement): Scope {
  return new FixedScope(
    {
      element,
      elementIndex: index,
      [`element${nesting}`]: element,
      [`elementIndex${nesting}`]: index,
    },
    below,
  );
}
