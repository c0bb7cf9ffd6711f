/** What a CEL type is, apart from its parameters. */
export type CelTypeKind =
  | 'dyn'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'duration'
  | 'timestamp'
  | 'type'
  | 'list'
  | 'map'
  /** Values with functions only: addresses, quantities, optional values, … */
  | 'opaque'
  /** Objects whose fields are known. */
  | 'struct'
  /** Stands for a type that the arguments of a call decide. */
  | 'param';

/** A type as the checker knows it. */
export interface CelType {
  readonly kind: CelTypeKind;
  /** As `type(…)` names it. */
  readonly name: string;
  readonly params: readonly CelType[];
  /** By name, for objects. */
  readonly fields?: ReadonlyMap<string, CelType>;
}

function plain(kind: CelTypeKind, name: string = kind): CelType {
  return { kind, name, params: [] };
}

export const DYN: CelType = plain('dyn');
export const NULL: CelType = plain('null', 'null_type');
export const BOOL: CelType = plain('bool');
export const INT: CelType = plain('int');
export const UINT: CelType = plain('uint');
export const DOUBLE: CelType = plain('double');
export const STRING: CelType = plain('string');
export const BYTES: CelType = plain('bytes');
export const DURATION: CelType = plain('duration', 'google.protobuf.Duration');
export const TIMESTAMP: CelType = plain('timestamp', 'google.protobuf.Timestamp');

export function listType(element: CelType): CelType {
  return { kind: 'list', name: 'list', params: [element] };
}

export function mapType(key: CelType, value: CelType): CelType {
  return { kind: 'map', name: 'map', params: [key, value] };
}

/** The name of the type of optional values. */
const OPTIONAL = 'optional_type';

export function optionalType(value: CelType): CelType {
  return { kind: 'opaque', name: OPTIONAL, params: [value] };
}

/** What an optional type is of; undefined for other types. */
export function optionalOf(type: CelType): CelType | undefined {
  return type.name === OPTIONAL ? type.params[0] : undefined;
}
