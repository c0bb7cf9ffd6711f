import type { CelType } from './cel-type.ts';

/** The type of types; without a parameter, of any. */
export function typeType(of?: CelType): CelType {
  return { kind: 'type', name: 'type', params: of === undefined ? [] : [of] };
}

export function opaqueType(name: string, params: readonly CelType[] = []): CelType {
  return { kind: 'opaque', name, params };
}

export function structType(name: string, fields: Readonly<Record<string, CelType>>): CelType {
  return { kind: 'struct', name, params: [], fields: new Map(Object.entries(fields)) };
}

export function paramType(name: string): CelType {
  return { kind: 'param', name, params: [] };
}
