import type { Literal } from '../syntax/cel-node.ts';
import { BOOL, BYTES, type CelType, DOUBLE, INT, NULL, STRING, UINT } from '../type/cel-type.ts';

/** By JavaScript's own. */
const PLAIN: Readonly<Record<string, CelType>> = {
  boolean: BOOL,
  bigint: INT,
  number: DOUBLE,
  string: STRING,
};

export function literalType(value: Literal): CelType {
  if (value === null) return NULL;
  return PLAIN[typeof value] ?? (value instanceof Uint8Array ? BYTES : UINT);
}
