import type { JsonValue } from '../../base/json-value.ts';
import type { Evaluation } from '../evaluation.ts';
import type { ArgumentType } from './argument-type.ts';
import type { Arguments } from './arguments.ts';

/** A function of the language; arguments have been checked against `parameters` when `call` runs. */
export interface FunctionEntry {
  /** The types that each argument may have. */
  readonly parameters: readonly (readonly ArgumentType[])[];
  /** Whether the last parameter may be repeated; its types are then not checked beforehand. */
  readonly isVariadic?: boolean;
  /** @throws {ArgumentFault} for arguments that it cannot take. */
  readonly call: (args: Arguments, context: Evaluation) => JsonValue;
}

/** A part of the functions, by name. */
export type FunctionGroup = Readonly<Record<string, FunctionEntry>>;
