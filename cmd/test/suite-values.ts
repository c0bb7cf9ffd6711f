import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  member,
  stringAt,
} from '#shared/base/json-value.ts';
import { type Fields, oneOf } from '#shared/policy/fields.ts';
import type { Operation } from '#shared/policy/model.ts';
import { TESTED_OPERATIONS } from './suite.ts';
import { splitValueName } from './value-tree.ts';

/** What a suite says of the world around its objects. Values stand under dotted names, as they are written. */
export interface SuiteValues {
  /** For every rule and object. */
  readonly globals: JsonObject;
  readonly policies: readonly PolicyValues[];
  /** Namespaces with the labels that are given for them. */
  readonly namespaces: readonly JsonObject[];
  /** Kinds that stand for a subresource of another one. */
  readonly subresources: readonly SubresourceKind[];
}

export interface PolicyValues {
  readonly name: string;
  readonly resources: readonly NamedValues[];
  readonly rules: readonly NamedValues[];
}

/** The values for one object, or for one rule. */
export interface NamedValues {
  readonly name: string;
  readonly values: JsonObject;
}

export interface SubresourceKind {
  readonly path: string;
  readonly apiVersion: string;
  readonly kind: string;
}

/** The name of the value that says what is done to the object. */
export const OPERATION_VALUE = 'request.operation';

const OPERATIONS: readonly Operation[] = [...TESTED_OPERATIONS, 'CONNECT'];

/** What else a request's values may not replace by something that is no object. */
const OBJECT_VALUES: readonly string[] = ['request', 'request.object', 'request.oldObject'];

/** Reads Kyverno's `values` (`cli.kyverno.io/v1alpha1`, 1.19). */
export function readValues(root: Fields): SuiteValues {
  const values = {
    globals: readFlat(root, 'globalValues'),
    policies: root.objects('policies').map(readPolicyValues),
    namespaces: [
      // The later counts: a namespace comes before labels that are given for its name.
      ...root.objects('namespaceSelector').map(readSelector),
      ...root.objects('namespaces').map(readNamespace),
    ],
    subresources: root.objects('subresources').map(readSubresource),
  };
  root.end();
  return values;
}

function readPolicyValues(fields: Fields): PolicyValues {
  const policy = {
    name: readName(fields),
    resources: fields.objects('resources').map((one) => readNamed(one, readFlat(one, 'values'))),
    rules: fields
      .objects('rules')
      .map((one) =>
        readNamed(one, { ...readFlat(one, 'values'), ...readForeach(one, 'foreachValues') }),
      ),
  };
  fields.end();
  return policy;
}

function readNamed(fields: Fields, values: JsonObject): NamedValues {
  const name = readName(fields);
  fields.end();
  return { name, values };
}

function readName(fields: Fields): string {
  const name = fields.string('name') ?? '';
  if (name === '') fields.fault('error', 'missing, expected a name', 'name');
  return name;
}

/** Values by dotted names; the mapping is one level deep, its values are of any kind. */
function readFlat(fields: Fields, key: string): JsonObject {
  const flat = fields.object(key);
  if (flat === undefined) return {};
  return Object.fromEntries(
    flat.keys().map((name) => {
      const value = flat.json(name) ?? null;
      const wrong = faultOfValue(name, value);
      if (wrong !== undefined) flat.fault('error', wrong, name);
      return [name, value];
    }),
  );
}

function faultOfValue(name: string, value: JsonValue): string | undefined {
  if (splitValueName(name) === undefined)
    return 'found a quote that does not enclose a part of the name';
  if (name === OPERATION_VALUE && !OPERATIONS.some((known) => known === value))
    return `found ${JSON.stringify(value)}, expected ${oneOf(OPERATIONS)}`;
  return OBJECT_VALUES.includes(name) && !isJsonObject(value)
    ? 'found no mapping, expected fields of the request'
    : undefined;
}

/** Lists of what to give to the elements of a `foreach`; Kyverno 1.19 gives the first item to all of them. */
function readForeach(fields: Fields, key: string): JsonObject {
  const lists = readFlat(fields, key);
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => {
      const [first] = Array.isArray(list) ? (list as readonly JsonValue[]) : [];
      if (first === undefined)
        fields.fault('error', `"${name}" is no list with a value for the elements`, key);
      return [name, first ?? null];
    }),
  );
}

function readNamespace(fields: Fields): JsonObject {
  const metadata = member({ metadata: fields.json('metadata') }, 'metadata');
  return namespace(fields, stringAt(metadata, 'name'), member(metadata, 'labels'));
}

function readSelector(fields: Fields): JsonObject {
  const made = namespace(fields, fields.string('name'), fields.json('labels'));
  fields.end();
  return made;
}

function namespace(fields: Fields, name: string | undefined, labels: JsonValue = {}): JsonObject {
  if (name === undefined || !isLabels(labels))
    fields.fault('error', 'found a namespace without a name or with labels that are no strings');
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: name ?? '', labels } };
}

function isLabels(value: JsonValue): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((label) => typeof label === 'string');
}

function readSubresource(fields: Fields): SubresourceKind {
  const [own] = [fields.json('subresource'), fields.json('parentResource')];
  fields.end();
  const [group = '', version = ''] = [stringAt(own, 'group'), stringAt(own, 'version')];
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return { path: fields.path, apiVersion, kind: stringAt(own, 'kind') ?? '' };
}
