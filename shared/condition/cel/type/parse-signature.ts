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
  optionalType,
  STRING,
  TIMESTAMP,
  UINT,
} from './cel-type.ts';
import { opaqueType, paramType, typeType } from './special-type.ts';

/** A function with the types of its arguments, the receiver of a method first. */
export interface Signature {
  readonly name: string;
  readonly isMethod: boolean;
  readonly parameters: readonly CelType[];
  readonly result: CelType;
}

const TYPES: ReadonlyMap<string, CelType> = new Map([
  ['dyn', DYN],
  ['null', NULL],
  ['bool', BOOL],
  ['int', INT],
  ['uint', UINT],
  ['double', DOUBLE],
  ['string', STRING],
  ['bytes', BYTES],
  ['duration', DURATION],
  ['timestamp', TIMESTAMP],
  ['URL', opaqueType('kubernetes.URL')],
  ['Quantity', opaqueType('kubernetes.Quantity')],
  ['IP', opaqueType('net.IP')],
  ['CIDR', opaqueType('net.CIDR')],
  ['Semver', opaqueType('kubernetes.Semver')],
  ['Format', opaqueType('kubernetes.NamedFormat')],
]);

/** `[receiver ->] name(type, …): type`; a single capital letter stands for any type. */
const FORM = /^(?:(.+?) -> )?([^\s(]+)\((.*)\): (.+)$/;

/** @throws {TypeError} for what is no signature. */
export function parseSignature(text: string): Signature {
  const [, receiver, name = '', list = '', result = ''] = FORM.exec(text) ?? [];
  const types = list === '' ? [] : split(list);
  return {
    name,
    isMethod: receiver !== undefined,
    parameters: [...(receiver === undefined ? [] : [receiver]), ...types].map(parseType),
    result: parseType(result),
  };
}

/** At the commas that are in no brackets. */
function split(list: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const char of list) {
    if (char === '<') depth += 1;
    if (char === '>') depth -= 1;
    if (char === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += char;
  }
  return [...parts, part.trim()];
}

const GENERIC: Readonly<Record<string, (first: CelType, second: CelType) => CelType>> = {
  list: listType,
  map: mapType,
  optional: optionalType,
  type: typeType,
};

function parseType(text: string): CelType {
  if (/^[A-Z]$/.test(text)) return paramType(text);
  const [, name = '', inner = ''] = /^(\w+)<(.+)>$/.exec(text) ?? [];
  const [first, second = DYN] = split(inner).map((part) => (part === '' ? DYN : parseType(part)));
  const type = TYPES.get(text) ?? GENERIC[name]?.(first ?? DYN, second);
  if (type !== undefined) return type;
  throw new TypeError(`no CEL type: ${text}`);
}
