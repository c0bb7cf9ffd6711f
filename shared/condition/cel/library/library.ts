import type { CelValue } from '../value/cel-value.ts';
import type { CallArguments } from './call-arguments.ts';

/** What a function does; its arguments have the types that its signature names. */
export type CelFunction = (args: CallArguments) => CelValue;

/** Functions by signature (`parseSignature`). */
export type Library = Readonly<Record<string, CelFunction>>;

/** The same function for several types: `T` in a signature stands for each of them. */
export function forTypes(types: readonly string[], signature: string, call: CelFunction): Library {
  return Object.fromEntries(types.map((type) => [signature.replaceAll(/\bT\b/g, type), call]));
}

/** The types of values that have an order. */
export const COMPARABLE: readonly string[] = [
  'int',
  'uint',
  'double',
  'bool',
  'duration',
  'timestamp',
  'string',
  'bytes',
];
