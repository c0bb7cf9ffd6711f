import { CelMap } from './cel-map.ts';
import type { CelValue } from './cel-value.ts';
import { CelOpaque } from './cel-opaque.ts';
import { CelOptional } from './cel-optional.ts';
import { CelDuration, CelTimestamp } from './cel-time.ts';
import { CelTypeName } from './cel-type-name.ts';
import { CelUint } from './cel-uint.ts';

/** By JavaScript's own. */
const PLAIN: Readonly<Record<string, string>> = {
  boolean: 'bool',
  bigint: 'int',
  number: 'double',
  string: 'string',
};

/** The name of the type of a value, as `type(…)` gives it. */
export function typeNameOf(value: CelValue): string {
  if (value === null) return 'null_type';
  if (value instanceof CelOpaque) return value.kind.name;
  return typeof value === 'object' ? nameOfObject(value) : (PLAIN[typeof value] ?? '');
}

const CLASSES: readonly (readonly [new (...args: never[]) => object, string])[] = [
  [CelMap, 'map'],
  [CelUint, 'uint'],
  [Uint8Array, 'bytes'],
  [CelDuration, 'google.protobuf.Duration'],
  [CelTimestamp, 'google.protobuf.Timestamp'],
  [CelTypeName, 'type'],
  [CelOptional, 'optional_type'],
];

function nameOfObject(value: object): string {
  return CLASSES.find(([type]) => value instanceof type)?.[1] ?? 'list';
}
