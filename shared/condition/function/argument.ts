import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json-value.ts';
import { type Argument, type ArgumentType, ExpressionReference } from './function-entry.ts';

const CHECKS: Readonly<Record<ArgumentType, (value: Argument | undefined) => boolean>> = {
  any: (value) => value !== undefined,
  array: isList,
  'array[number]': (value) => isList(value) && value.every((item) => typeof item === 'number'),
  'array[string]': (value) => isList(value) && value.every((item) => typeof item === 'string'),
  expression: (value) => value instanceof ExpressionReference,
  number: (value) => typeof value === 'number',
  object: (value) => isObject(value),
  string: (value) => typeof value === 'string',
};

/** Whether an argument has one of the types. */
export function hasType(value: Argument | undefined, types: readonly ArgumentType[]): boolean {
  return types.some((type) => CHECKS[type](value));
}

export function isList(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: Argument | undefined): value is JsonObject {
  return isJsonObject(value) && !(value instanceof ExpressionReference);
}

/** An argument that a function cannot take; `callFunction` adds the name of the function. */
export class ArgumentFault extends Error {}

/**
 * The argument at `index`, which must be text.
 * @throws {ArgumentFault}
 */
export function textArgument(args: readonly Argument[], index: number): string {
  const value = args[index];
  if (typeof value !== 'string') throw wrongType(args, index, 'string');
  return value;
}

/** Like {@link textArgument}, for a number. */
export function numberArgument(args: readonly Argument[], index: number): number {
  const value = args[index];
  if (typeof value !== 'number') throw wrongType(args, index, 'number');
  return value;
}

/** Like {@link textArgument}, for a list. */
export function listArgument(args: readonly Argument[], index: number): readonly JsonValue[] {
  const value = args[index];
  if (!isList(value)) throw wrongType(args, index, 'array');
  return value;
}

/** Like {@link textArgument}, for an object. */
export function objectArgument(args: readonly Argument[], index: number): JsonObject {
  const value = args[index];
  if (!isObject(value)) throw wrongType(args, index, 'object');
  return value;
}

/** Like {@link textArgument}, for an expression. */
export function referenceArgument(args: readonly Argument[], index: number): ExpressionReference {
  const value = args[index];
  if (!(value instanceof ExpressionReference)) throw wrongType(args, index, 'expression');
  return value;
}

/** Like {@link textArgument}, for any value but an expression. */
export function valueArgument(args: readonly Argument[], index: number): JsonValue {
  const value = args[index];
  if (value === undefined || value instanceof ExpressionReference)
    throw wrongType(args, index, 'any');
  return value;
}

/** The fault of an argument that has none of the types. */
export function wrongType(
  args: readonly Argument[],
  index: number,
  expected: string,
): ArgumentFault {
  return new ArgumentFault(
    `argument ${index + 1} is ${typeName(args[index])}, expected ${expected}`,
  );
}

/** A value's type as messages write it. */
function typeName(value: Argument | undefined): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  if (value instanceof ExpressionReference) return 'an expression';
  return `of type ${valueType(value)}`;
}

/** The answer of JMESPath's `type()`. */
export function valueType(value: JsonValue): string {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  return typeof value;
}
