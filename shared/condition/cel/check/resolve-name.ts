import { ConditionError } from '../../condition-error.ts';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listType,
  mapType,
  NULL,
  STRING,
  TIMESTAMP,
  UINT,
} from '../type/cel-type.ts';
import { opaqueType, typeType } from '../type/special-type.ts';
import type { CelValue } from '../value/cel-value.ts';
import { CelTypeName } from '../value/cel-type-name.ts';
import type { Checked, Frame } from './checked.ts';

/** A name that a loop gives, with those around it. */
export interface Scope {
  readonly name: string;
  readonly type: CelType;
  readonly outer: Scope | undefined;
}

/** Types as values. */
const TYPES: ReadonlyMap<string, CelType> = new Map(
  [
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    INT,
    listType(DYN),
    mapType(DYN, DYN),
    NULL,
    STRING,
    TIMESTAMP,
    typeType(),
    UINT,
    opaqueType('net.IP'),
    opaqueType('net.CIDR'),
    opaqueType('optional_type'),
  ].map((type) => [type.name, type]),
);

/** Whether a loop around gives the first of these names. */
export function isLocal(name: string, scope: Scope | undefined): boolean {
  return findLocal(name.split('.')[0] ?? '', scope) !== undefined;
}

function findLocal(name: string, scope: Scope | undefined): Scope | undefined {
  let at = scope;
  while (at !== undefined && at.name !== name) at = at.outer;
  return at;
}

/** A type as a value; undefined for other names. */
export function resolveType(name: string): Checked | undefined {
  const type = TYPES.get(name);
  if (type === undefined) return undefined;
  const value = new CelTypeName(name);
  return { type: typeType(type), run: () => value };
}

/**
 * What a name stands for: a loop's, a variable, or a type. A dot before it is for those of no loop.
 * @throws {ConditionError} UNRESOLVED_VARIABLE for a name of nothing.
 */
export function resolveName(
  written: string,
  scope: Scope | undefined,
  variables: ReadonlyMap<string, CelType>,
): Checked {
  const local = findLocal(written, scope);
  if (local !== undefined) return { type: local.type, run: (frame) => localValue(frame, written) };
  const name = written.replace(/^\./, '');
  const type = variables.get(name);
  if (type !== undefined) return { type, run: (frame) => variableValue(frame, name) };
  const found = resolveType(name);
  if (found !== undefined) return found;
  throw new ConditionError('UNRESOLVED_VARIABLE', `undeclared reference to '${name}'`);
}

function localValue({ locals }: Frame, name: string): CelValue {
  let at = locals;
  while (at !== undefined && at.name !== name) at = at.outer;
  if (at === undefined) throw new TypeError(`no value of ${name}`);
  return at.value;
}

function variableValue({ variable }: Frame, name: string): CelValue {
  const value = variable(name);
  if (value !== undefined) return value;
  throw new ConditionError('UNRESOLVED_VARIABLE', `"${name}" is not known here`);
}
