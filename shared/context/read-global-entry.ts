import { CodedError } from '../base/coded-error.ts';
import { type Fault, formatFault } from '../base/fault.ts';
import { parseNanoseconds } from '../condition/duration.ts';
import { parseJmespath } from '../condition/jmespath/parse-jmespath.ts';
import type { Expression } from '../condition/jmespath/expression.ts';
import type { KubeObject, ResourceType } from '../kube/kube.ts';
import type { ApiCall } from '../policy/context-entry.ts';
import { Fields } from '../policy/fields.ts';
import { parseField } from '../policy/parse-field.ts';
import { readApiCall } from '../policy/read-api-call.ts';

/** A GlobalContextEntry: data that is kept for all policies (Kyverno 1.19). */
export interface GlobalContextEntry {
  readonly data: GlobalResources | GlobalCall;
  /** Expressions on the data, by name. */
  readonly projections: ReadonlyMap<string, Expression>;
}

/** All objects of a type. */
export interface GlobalResources {
  readonly kind: 'resources';
  readonly type: ResourceType;
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
}

/** What a call answers. */
export interface GlobalCall {
  readonly kind: 'call';
  readonly call: ApiCall;
  /** Milliseconds until it is made again. */
  readonly refreshInterval: number;
}

/** A GlobalContextEntry that cannot be used. */
export class GlobalEntryError extends CodedError<'FAULTY' | 'NOT_SERVED' | 'TOO_LARGE'> {}

/** The default of Kyverno's definition. */
const DEFAULT_REFRESH = '10m';

/** Shorter intervals would be a call for each admission. Milliseconds. */
const MIN_REFRESH = 1_000;

/** @throws {GlobalEntryError} FAULTY, with everything that is wrong. */
export function readGlobalEntry(object: KubeObject): GlobalContextEntry {
  const faults: Fault[] = [];
  const root = new Fields(object, '', faults);
  const spec = root.object('spec') ?? new Fields({}, 'spec', faults);
  const data = readData(spec);
  const projections = new Map(spec.objects('projections').flatMap(readProjection));
  const errors = faults.filter(({ severity }) => severity === 'error');
  if (data !== undefined && errors.length === 0) return { data, projections };
  throw new GlobalEntryError(
    'FAULTY',
    `GlobalContextEntry "${object.metadata.name}" cannot be used: ${errors.map(formatFault).join('; ')}`,
  );
}

function readData(spec: Fields): GlobalContextEntry['data'] | undefined {
  const [resources, call] = [spec.object('kubernetesResource'), spec.object('apiCall')];
  if ((resources === undefined) === (call === undefined)) {
    spec.fault('error', 'found none or both, expected either "kubernetesResource" or "apiCall"');
    return undefined;
  }
  return resources === undefined ? call && readCall(call) : readResources(resources);
}

function readResources(fields: Fields): GlobalResources {
  const text = (key: string): string => fields.string(key) ?? '';
  for (const key of ['version', 'resource'])
    if (text(key) === '') fields.fault('error', 'missing, expected a name', key);
  const type = { group: text('group'), version: text('version'), resource: text('resource') };
  return { kind: 'resources', type, namespace: text('namespace') || undefined };
}

function readCall(fields: Fields): GlobalCall | undefined {
  const call = readApiCall(fields);
  const text = fields.string('refreshInterval') ?? DEFAULT_REFRESH;
  const nanoseconds = parseNanoseconds(text) ?? 0n;
  if (nanoseconds <= 0n)
    fields.fault('error', `found "${text}", expected a duration like "10m"`, 'refreshInterval');
  const refreshInterval = Math.max(Number(nanoseconds / 1_000_000n), MIN_REFRESH);
  return call && { kind: 'call', call, refreshInterval };
}

function readProjection(fields: Fields): readonly (readonly [string, Expression])[] {
  const name = fields.string('name') ?? '';
  if (name === '') fields.fault('error', 'missing, expected a name', 'name');
  const expression = parseField(fields, 'jmesPath', parseJmespath);
  if (!fields.has('jmesPath')) fields.fault('error', 'missing, expected an expression', 'jmesPath');
  return expression === undefined ? [] : [[name, expression]];
}
