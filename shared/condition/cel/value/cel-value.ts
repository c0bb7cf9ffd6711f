import type { CelMap } from './cel-map.ts';
import type { CelOpaque } from './cel-opaque.ts';
import type { CelOptional } from './cel-optional.ts';
import type { CelDuration, CelTimestamp } from './cel-time.ts';
import type { CelTypeName } from './cel-type-name.ts';
import type { CelUint } from './cel-uint.ts';

/** What an expression computes with: `bigint` is an int, `number` a double. */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CelList
  | CelMap
  | CelUint
  | CelDuration
  | CelTimestamp
  | CelTypeName
  | CelOptional
  | CelOpaque;

export type CelList = readonly CelValue[];

export function isCelList(value: CelValue): value is CelList {
  return Array.isArray(value);
}
