import { isDeepStrictEqual } from 'node:util';
import { type JsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import type { KubeObject } from '#shared/kube/kube.ts';
import { applyOver, conflictingPaths } from './apply.ts';

/** One kind of resource as an API server serves it. */
export interface ServedType {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly served: ServedType;
}

interface Stored {
  readonly served: ServedType;
  readonly object: KubeObject;
  /** What each field manager applied last. */
  readonly managers: ReadonlyMap<string, JsonObject>;
}

/** A refusal with the parts of a `Status`. */
export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** The objects of a cluster, with versions, field managers and events. */
export class ObjectStore {
  readonly #objects = new Map<string, Stored>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #events: StoreEvent[] = [];
  #version = 1000;

  get version(): string {
    return String(this.#version);
  }

  onEvent(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A version of which nothing is to be seen in any object; the clock of the store goes on. */
  advance(): number {
    this.#version += 1;
    return this.#version;
  }

  /** What happened after `version`, oldest first. */
  eventsSince(version: number): readonly StoreEvent[] {
    return this.#events.filter(
      ({ object }) => Number(object.metadata['resourceVersion']) > version,
    );
  }

  list(served: ServedType, namespace?: string): readonly KubeObject[] {
    return [...this.#objects]
      .filter(
        ([, stored]) =>
          stored.served.resource === served.resource && stored.served.group === served.group,
      )
      .map(([, stored]) => stored.object)
      .filter(
        (object) =>
          namespace === undefined || stringAt(object, 'metadata', 'namespace') === namespace,
      )
      .sort((a, b) => keyOf(served, a).localeCompare(keyOf(served, b)));
  }

  get(served: ServedType, name: string, namespace: string | undefined): KubeObject | undefined {
    return this.#objects.get(key(served, name, namespace))?.object;
  }

  /** Stores `object` as it is, as if somebody had replaced it. */
  put(served: ServedType, object: KubeObject): KubeObject {
    const found = this.#objects.get(keyOf(served, object));
    return this.#save(served, object, found?.managers ?? new Map());
  }

  /** Stores an object that somebody sends, with the version that it was read at if it names one. */
  update(served: ServedType, object: KubeObject, version: string | undefined): KubeObject {
    const found = this.#objects.get(keyOf(served, object))?.object;
    const metadata = { ...object.metadata, resourceVersion: version };
    checkVersion(served, { ...object, metadata }, found);
    return this.put(served, object);
  }

  /** Server-side apply. */
  apply(
    served: ServedType,
    object: KubeObject,
    options: { readonly manager: string; readonly force: boolean; readonly dryRun: boolean },
  ): KubeObject {
    const found = this.#objects.get(keyOf(served, object));
    checkVersion(served, object, found?.object);
    const others = new Map(found?.managers);
    others.delete(options.manager);
    if (!options.force) refuseConflicts(served, object, others);
    const managers = new Map(others).set(options.manager, object);
    const own = found?.managers.get(options.manager);
    const base = withoutLost(found?.object, own, [...managers.values()]);
    const merged = applyOver(base, object) as KubeObject;
    return options.dryRun ? merged : this.#save(served, merged, managers);
  }

  remove(served: ServedType, name: string, namespace: string | undefined): KubeObject | undefined {
    const found = this.#objects.get(key(served, name, namespace));
    if (found === undefined) return undefined;
    this.#objects.delete(key(served, name, namespace));
    this.#version += 1;
    this.#tell({ type: 'DELETED', served, object: withVersion(found.object, this.version) });
    return found.object;
  }

  #save(
    served: ServedType,
    object: KubeObject,
    managers: ReadonlyMap<string, JsonObject>,
  ): KubeObject {
    const found = this.#objects.get(keyOf(served, object));
    const same = found !== undefined && isDeepStrictEqual(bare(found.object), bare(object));
    if (!same) this.#version += 1;
    const metadata = {
      uid: `uid-${this.#version}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...found?.object.metadata,
      ...object.metadata,
    };
    const version = same
      ? (stringAt(found.object, 'metadata', 'resourceVersion') ?? '')
      : this.version;
    const saved = withVersion({ ...object, metadata }, version);
    this.#objects.set(keyOf(served, saved), { served, object: saved, managers });
    if (!same)
      this.#tell({ type: found === undefined ? 'ADDED' : 'MODIFIED', served, object: saved });
    return saved;
  }

  #tell(event: StoreEvent): void {
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}

function checkVersion(served: ServedType, object: KubeObject, found: KubeObject | undefined): void {
  const wanted = stringAt(object, 'metadata', 'resourceVersion');
  if (wanted === undefined || wanted === found?.metadata['resourceVersion']) return;
  throw new Refusal(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${served.resource} "${object.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
  );
}

function refuseConflicts(
  served: ServedType,
  object: KubeObject,
  others: ReadonlyMap<string, JsonObject>,
): void {
  for (const [manager, applied] of others) {
    const [path] = conflictingPaths(object, applied);
    if (path !== undefined) {
      throw new Refusal(
        409,
        'Conflict',
        `Apply failed with 1 conflict: conflict with "${manager}": ${path} of ${served.resource} "${object.metadata.name}"`,
      );
    }
  }
}

/** Without top-level fields and `spec` fields that this manager gave up and nobody else applies. */
function withoutLost(
  object: KubeObject | undefined,
  before: JsonObject | undefined,
  applied: readonly JsonObject[],
): JsonValue | undefined {
  if (object === undefined || before === undefined) return object;
  return prune(object, before, applied);
}

function prune(
  value: JsonObject,
  before: JsonValue | undefined,
  applied: readonly (JsonValue | undefined)[],
): JsonObject {
  const kept: Record<string, JsonValue | undefined> = {};
  for (const [name, child] of Object.entries(value)) {
    const old = member(before, name);
    const now = applied.map((one) => member(one, name));
    if (old !== undefined && now.every((one) => one === undefined)) continue;
    const isObject = typeof child === 'object' && child !== null && !Array.isArray(child);
    kept[name] = isObject ? prune(child as JsonObject, old, now) : child;
  }
  return kept;
}

function bare({ metadata, ...object }: KubeObject): JsonObject {
  const { resourceVersion: _version, uid: _uid, creationTimestamp: _created, ...rest } = metadata;
  return { ...object, metadata: rest };
}

function withVersion(object: KubeObject, resourceVersion: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

function keyOf(served: ServedType, object: KubeObject): string {
  return key(served, object.metadata.name, stringAt(object, 'metadata', 'namespace'));
}

function key(served: ServedType, name: string, namespace: string | undefined): string {
  return `${served.group}/${served.resource}/${namespace ?? ''}/${name}`;
}
