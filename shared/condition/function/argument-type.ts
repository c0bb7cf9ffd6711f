import { isJsonObject } from '../../base/json-value.ts';
import { isList } from '../is-list.ts';
import { type Argument, ExpressionReference } from './argument.ts';

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

const CHECKS: Readonly<Record<ArgumentType, (value: Argument | undefined) => boolean>> = {
  any: (value) => value !== undefined,
  array: isList,
  'array[number]': (value) => isList(value) && value.every((item) => typeof item === 'number'),
  'array[string]': (value) => isList(value) && value.every((item) => typeof item === 'string'),
  expression: (value) => value instanceof ExpressionReference,
  number: (value) => typeof value === 'number',
  object: (value) => isJsonObject(value) && !(value instanceof ExpressionReference),
  string: (value) => typeof value === 'string',
};

/** Whether an argument has one of the types. */
export function hasType(value: Argument | undefined, types: readonly ArgumentType[]): boolean {
  return types.some((type) => CHECKS[type](value));
}

/** A value's type: the answer of JMESPath's `type()`, but for absent values and expressions. */
export function typeOf(value: Argument | undefined): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  if (value instanceof ExpressionReference) return 'expression';
  return isList(value) ? 'array' : typeof value;
}
