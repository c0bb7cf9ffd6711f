import type { JsonValue } from '../../base/json-value.ts';

/** An expression as an argument, `&name`: a function applies it to values of its own choice. */
export class ExpressionReference {
  /** The value of the expression for one element; null where a field of it is missing. */
  readonly apply: (element: JsonValue) => JsonValue;

  constructor(apply: (element: JsonValue) => JsonValue) {
    this.apply = apply;
  }
}

export type Argument = JsonValue | ExpressionReference;
