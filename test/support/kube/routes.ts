import type { ServerResponse } from 'node:http';
import { isJsonObject, type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import type { KubeObject } from '#shared/kube/kube.ts';
import { mergePatch } from './apply.ts';
import { type ObjectStore, Refusal, type ServedType } from './object-store.ts';
import { typesOfDefinition } from './served-types.ts';
import type { Watches } from './watches.ts';

/** The state of a fake API server. */
export interface RunningKube {
  readonly store: ObjectStore;
  readonly types: ServedType[];
  readonly watches: Watches;
  /** What controllers would make of an object. */
  readonly react: ((object: KubeObject) => KubeObject) | undefined;
  /** Throws what the server refuses to make of an object by a merge patch. */
  readonly refuse: ((object: KubeObject) => void) | undefined;
  /** Whether the user of a SubjectAccessReview may do what its spec says. */
  readonly authorize: ((spec: JsonObject) => boolean) | undefined;
}

const ANY =
  /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/;

/** One request, parsed. */
export interface Routed {
  readonly running: RunningKube;
  readonly contentType: string;
  readonly method: string;
  readonly pathname: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly response: ServerResponse;
}

/** Answers one request; undefined where the answer is a stream that has begun. */
export function route(call: Routed): unknown {
  const { running, pathname } = call;
  if (pathname === '/version') return { major: '1', minor: '36', gitVersion: 'v1.36.3' };
  if (pathname === '/apis/authorization.k8s.io/v1/subjectaccessreviews') return reviewed(call);
  const discovered = discovery(running, pathname);
  if (discovered !== undefined) return discovered;
  const { group, version, resource, target } = parsePath(pathname);
  const type = running.types.find(
    (one) => one.group === group && one.version === version && one.resource === resource,
  );
  if (type === undefined) throw unknownResource();
  return onResource(call, type, target);
}

/** A SubjectAccessReview with its answer; it is not stored. */
function reviewed({ running, body }: Routed): unknown {
  const spec = member(body, 'spec');
  if (!isJsonObject(body) || !isJsonObject(spec))
    throw new Refusal(400, 'BadRequest', 'the body is no review');
  return { ...body, status: { allowed: running.authorize?.(spec) ?? false } };
}

interface ParsedPath {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly target: Target;
}

function parsePath(pathname: string): ParsedPath {
  const own = /^\/api\/v1\/namespaces(?:\/([^/]+))?$/.exec(pathname);
  if (own !== null) {
    const target = { name: own[1], namespace: undefined, subresource: undefined };
    return { group: '', version: 'v1', resource: 'namespaces', target };
  }
  const match = ANY.exec(pathname);
  if (match === null) throw unknownResource();
  const [, group = '', version = '', namespace, resource = '', name, subresource] = match;
  return { group, version, resource, target: { name, namespace, subresource } };
}

function unknownResource(): Refusal {
  return new Refusal(404, 'NotFound', 'the server could not find the requested resource');
}

interface Target {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly subresource: string | undefined;
}

function onResource(call: Routed, type: ServedType, target: Target): unknown {
  const { running, method, query } = call;
  const { name, namespace } = target;
  if (name === undefined) {
    if (method === 'POST') return create(call, type, target);
    if (method !== 'GET')
      throw new Refusal(405, 'MethodNotAllowed', `${method} is not allowed here`);
    if (query.get('watch') !== 'true') return list(call, type, namespace);
    running.watches.start(type, Number(query.get('resourceVersion') ?? 0), call.response);
    return undefined;
  }
  switch (method) {
    case 'GET':
      return found(running, type, target);
    case 'DELETE': {
      const object = found(running, type, target);
      if (query.get('dryRun') === null) remove(running, type, object);
      return object;
    }
    case 'PATCH':
      return patch(call, type, target);
    default:
      throw new Refusal(405, 'MethodNotAllowed', `${method} is not allowed here`);
  }
}

function create({ running, body }: Routed, type: ServedType, target: Target): unknown {
  if (!isJsonObject(body)) throw new Refusal(400, 'BadRequest', 'the body is no object');
  requireNamespace(running, type, target);
  const object = body as KubeObject;
  if (running.store.get(type, object.metadata.name, target.namespace) !== undefined) {
    const title = `${type.resource} "${object.metadata.name}"`;
    throw new Refusal(409, 'AlreadyExists', `${title} already exists`);
  }
  return save(running, object);
}

function patch(call: Routed, type: ServedType, target: Target): unknown {
  const { running, query, body } = call;
  if (!isJsonObject(body)) throw new Refusal(400, 'BadRequest', 'the body is no object');
  const isApply = call.contentType.startsWith('application/apply-patch');
  if (!isApply) {
    const patched = mergePatch(found(running, type, target), body) as KubeObject;
    running.refuse?.(patched);
    if (query.get('dryRun') === 'All') return patched;
    return running.store.update(type, patched, stringAt(body, 'metadata', 'resourceVersion'));
  }
  requireNamespace(running, type, target);
  const manager = query.get('fieldManager') ?? '';
  if (manager === '')
    throw new Refusal(400, 'BadRequest', 'fieldManager is required for apply patch');
  const dryRun = query.get('dryRun') === 'All';
  const applied = running.store.apply(type, body as KubeObject, {
    manager,
    dryRun,
    force: query.get('force') === 'true',
  });
  return dryRun ? applied : save(running, applied);
}

function requireNamespace(running: RunningKube, type: ServedType, { namespace }: Target): void {
  if (!type.namespaced) return;
  if (namespace === undefined)
    throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
  if (running.store.get(typeOfKind(running, 'Namespace'), namespace, undefined) !== undefined)
    return;
  throw new Refusal(404, 'NotFound', `namespaces "${namespace}" not found`);
}

/** Stores, and does what controllers would do. */
export function save(running: RunningKube, object: KubeObject): KubeObject {
  const type = typeOfKind(running, object.kind);
  const reacted = (running.react ?? defaultReaction)(object);
  if (object.kind === 'CustomResourceDefinition') running.types.push(...typesOfDefinition(object));
  return running.store.put(type, reacted);
}

function defaultReaction(object: KubeObject): KubeObject {
  if (object.kind === 'CustomResourceDefinition') {
    return { ...object, status: { conditions: [{ type: 'Established', status: 'True' }] } };
  }
  if (object.kind !== 'Deployment') return object;
  const replicas = Number(member(member(object, 'spec'), 'replicas') ?? 1);
  return {
    ...object,
    status: {
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      conditions: [{ type: 'Available', status: 'True' }],
    },
  };
}

/** Removes an object and what lives in or by it. */
export function remove(running: RunningKube, type: ServedType, object: KubeObject): void {
  running.store.remove(type, object.metadata.name, stringAt(object, 'metadata', 'namespace'));
  if (object.kind === 'Namespace') {
    for (const other of running.types.filter(({ namespaced }) => namespaced)) {
      for (const inside of running.store.list(other, object.metadata.name))
        remove(running, other, inside);
    }
  }
  if (object.kind !== 'CustomResourceDefinition') return;
  for (const gone of typesOfDefinition(object)) {
    for (const instance of running.store.list(gone)) remove(running, gone, instance);
    const index = running.types.findIndex(
      (one) => one.group === gone.group && one.resource === gone.resource,
    );
    if (index >= 0) running.types.splice(index, 1);
  }
}

function found(
  running: RunningKube,
  type: ServedType,
  { name = '', namespace }: Target,
): KubeObject {
  const object = running.store.get(type, name, namespace);
  if (object !== undefined) return object;
  const title = type.group === '' ? type.resource : `${type.resource}.${type.group}`;
  throw new Refusal(404, 'NotFound', `${title} "${name}" not found`);
}

function list(
  { running, query }: Routed,
  type: ServedType,
  namespace: string | undefined,
): unknown {
  const all = running.store
    .list(type, namespace)
    .filter((object) => matchesLabels(object, query.get('labelSelector')));
  const start = Number(query.get('continue') ?? 0);
  const end = start + Number(query.get('limit') ?? all.length);
  return {
    apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`,
    kind: `${type.kind}List`,
    metadata: {
      resourceVersion: running.store.version,
      ...(end < all.length ? { continue: String(end) } : {}),
    },
    items: all.slice(start, end).map(({ kind: _kind, apiVersion: _version, ...item }) => item),
  };
}

function matchesLabels(object: KubeObject, selector: string | null): boolean {
  if (selector === null || selector === '') return true;
  return selector.split(',').every((term) => {
    const [key = '', value] = term.split(/==?/);
    const label = stringAt(object, 'metadata', 'labels', key);
    return value === undefined ? label !== undefined : label === value;
  });
}

function discovery({ types }: RunningKube, pathname: string): unknown {
  const [, group = '', version] = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(pathname) ?? [];
  if (version === undefined) return undefined;
  const served = types.filter((type) => type.group === group && type.version === version);
  if (served.length === 0)
    throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: served.map(({ resource: name, kind, namespaced }) => ({
      name,
      kind,
      namespaced,
      verbs: ['get', 'list'],
    })),
  };
}

/** The type of a kind that this server serves. */
export function typeOfKind({ types }: RunningKube, kind: string): ServedType {
  const type = types.find((one) => one.kind === kind);
  if (type === undefined) throw new Error(`the fake API server serves no ${kind}`);
  return type;
}
