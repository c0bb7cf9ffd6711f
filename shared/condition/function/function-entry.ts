import type { Clock } from '../../base/clock.ts';
import type { JsonValue } from '../../base/json-value.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';

/** An expression as an argument, `&name`: a function applies it to values of its own choice. */
export class ExpressionReference {
  /** The value of the expression for one element; null where a field of it is missing. */
  readonly apply: (element: JsonValue) => JsonValue;

  constructor(apply: (element: JsonValue) => JsonValue) {
    this.apply = apply;
  }
}

export type Argument = JsonValue | ExpressionReference;

/** JMESPath's names of types, as signatures and messages write them. */
export type ArgumentType =
  | 'any'
  | 'array'
  | 'array[number]'
  | 'array[string]'
  | 'expression'
  | 'number'
  | 'object'
  | 'string';

/** What a function may use besides its arguments. */
export interface CallContext {
  readonly budget: EvaluationBudget;
  readonly clock: Clock;
}

/** A function of the language; arguments have been checked against `parameters` when `call` runs. */
export interface FunctionEntry {
  /** The types that each argument may have. */
  readonly parameters: readonly (readonly ArgumentType[])[];
  /** Whether the last parameter may be repeated; its types are then not checked beforehand. */
  readonly isVariadic?: boolean;
  /** @throws {ArgumentFault} for arguments that it cannot take. */
  readonly call: (args: readonly Argument[], context: CallContext) => JsonValue;
}

/** A part of the functions, by name. */
export type FunctionGroup = Readonly<Record<string, FunctionEntry>>;
