import { messageOf } from '../base/coded-error.ts';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  member,
  stringAt,
} from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { checkPath } from './check-path.ts';
import { CredentialSource } from './credentials.ts';
import { KubeError } from './kube-error.ts';
import type {
  ApplyOptions,
  Kube,
  KubeObject,
  ListOptions,
  PathCall,
  ResourceName,
  ResourceType,
  WatchHandlers,
} from './kube.ts';
import { collectionPath, groupVersionPath, objectPath } from './resource-path.ts';
import { objectTitle, typeTitle } from './resource-title.ts';
import { KubeTransport } from './transport.ts';
import { type Listing, watchObjects } from './watch.ts';

/** Objects a page, as client-go's pager has it. */
const PAGE_SIZE = 500;

/** A list longer than this many pages is refused rather than held in memory. */
const MAX_PAGES = 400;

/** What is understood by every API server since 1.15. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** {@link Kube} over HTTP with raw JSON, so that nothing of an object is lost on the way. */
export class KubeClient implements Kube {
  readonly defaultNamespace: string;
  readonly #transport: KubeTransport;

  constructor(access: ClusterAccess) {
    this.defaultNamespace = access.namespace;
    this.#transport = new KubeTransport(new CredentialSource(access));
  }

  get server(): string {
    return this.#transport.server;
  }

  async get(name: ResourceName): Promise<KubeObject | undefined> {
    const action = `get ${objectTitle(name)}`;
    const body = await absentAsUndefined(
      this.#transport.call({ method: 'GET', path: objectPath(name), action }),
    );
    return body === undefined ? undefined : requireObject(body, action);
  }

  async list(
    type: ResourceType,
    options: ListOptions = {},
  ): Promise<readonly KubeObject[] | undefined> {
    return (await this.#listing(type, options))?.items;
  }

  async apply(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const name = {
      ...type,
      name: object.metadata.name,
      namespace: stringAt(object, 'metadata', 'namespace'),
    };
    const action = `apply ${objectTitle(name)}`;
    const body = await this.#transport.call({
      method: 'PATCH',
      path: objectPath(name),
      action,
      query: {
        fieldManager: options.fieldManager,
        force: String(options.force ?? false),
        dryRun: dryRunParameter(options),
      },
      // JSON is YAML.
      contentType: 'application/apply-patch+yaml',
      body: object,
    });
    return requireObject(body, action);
  }

  async create(
    type: ResourceType,
    object: JsonObject,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<JsonObject> {
    const action = `create ${typeTitle(type)}`;
    const body = await this.#transport.call({
      method: 'POST',
      path: collectionPath(type, stringAt(object, 'metadata', 'namespace')),
      action,
      contentType: 'application/json',
      body: object,
      ...(signal === undefined ? {} : { signal }),
    });
    // A question has no name, which an object must have.
    if (isJsonObject(body)) return body;
    throw new KubeError('SERVER_ERROR', `Cannot ${action}: the answer is no Kubernetes object`);
  }

  async delete(name: ResourceName, options: { readonly dryRun?: boolean } = {}): Promise<boolean> {
    const body = await absentAsUndefined(
      this.#transport.call({
        method: 'DELETE',
        path: objectPath(name),
        action: `delete ${objectTitle(name)}`,
        query: { dryRun: dryRunParameter(options), propagationPolicy: 'Background' },
      }),
    );
    return body !== undefined;
  }

  async mergePatch(
    name: ResourceName,
    patch: JsonObject,
    options: { readonly subresource?: string; readonly dryRun?: boolean } = {},
  ): Promise<KubeObject> {
    const action = `patch ${objectTitle(name)}`;
    const body = await this.#transport.call({
      method: 'PATCH',
      path: objectPath(name, options.subresource),
      query: { dryRun: dryRunParameter(options) },
      action,
      contentType: 'application/merge-patch+json',
      body: patch,
    });
    return requireObject(body, action);
  }

  watch(type: ResourceType, handlers: WatchHandlers, signal: AbortSignal): void {
    void watchObjects({
      transport: this.#transport,
      type,
      list: () => this.#listing(type, { signal, namespace: handlers.namespace }),
      handlers,
      signal,
    });
  }

  async callPath({ signal, ...call }: PathCall): Promise<JsonValue> {
    const action = `${call.method} ${call.path}`;
    checkPath(call.path, action);
    const text = await this.#transport.text({
      ...call,
      action,
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      return parseStrictJson(text);
    } catch (cause) {
      const why = messageOf(cause);
      throw new KubeError('SERVER_ERROR', `Cannot ${action}: the answer is unusable: ${why}`, {
        cause,
      });
    }
  }

  async serves(type: ResourceType): Promise<boolean> {
    const resources = await absentAsUndefined(
      this.#transport.call({
        method: 'GET',
        path: groupVersionPath(type),
        action: `ask what ${type.group || 'the core group'}/${type.version} serves`,
      }),
    );
    const list = member(resources, 'resources');
    return Array.isArray(list) && list.some((one) => stringAt(one, 'name') === type.resource);
  }

  async serverVersion(): Promise<string> {
    const action = 'ask for the version of the server';
    const body = await this.#transport.call({ method: 'GET', path: '/version', action });
    return stringAt(body, 'gitVersion') ?? 'unknown';
  }

  async #listing(
    type: ResourceType,
    options: ListOptions & { readonly signal?: AbortSignal },
  ): Promise<Listing | undefined> {
    const action = `list ${typeTitle(type)}`;
    const items: KubeObject[] = [];
    let next: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const body = await this.#page(type, { ...options, action, next });
      if (body === undefined) return undefined;
      const found = itemsOf(body, action);
      const { metadata } = options;
      items.push(...(metadata === undefined ? found : found.map((item) => named(item, metadata))));
      next = stringAt(body, 'metadata', 'continue') || undefined;
      if (next === undefined) {
        return { items, resourceVersion: stringAt(body, 'metadata', 'resourceVersion') ?? '' };
      }
    }
    throw new KubeError(
      'SERVER_ERROR',
      `Cannot ${action}: there are more than ${PAGE_SIZE * MAX_PAGES} objects`,
    );
  }

  async #page(
    type: ResourceType,
    options: ListOptions & { signal?: AbortSignal; action: string; next: string | undefined },
  ): Promise<unknown> {
    try {
      return await this.#transport.call({
        method: 'GET',
        path: collectionPath(type, options.namespace),
        action: options.action,
        query: {
          limit: String(PAGE_SIZE),
          continue: options.next,
          labelSelector: options.labelSelector,
        },
        ...(options.metadata === undefined ? {} : { accept: METADATA_ONLY }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    } catch (error) {
      // Only discovery tells a type that is not served from a server that is just starting.
      if (isNotFound(error) && !(await this.serves(type))) return undefined;
      throw error;
    }
  }
}

/** Of an object its name and place, and these fields of its metadata. */
function named({ apiVersion, kind, metadata }: KubeObject, fields: readonly string[]): KubeObject {
  const kept = ['namespace', ...fields].flatMap((field) => {
    const value = metadata[field];
    return value === undefined ? [] : [[field, value] as const];
  });
  return { apiVersion, kind, metadata: { name: metadata.name, ...Object.fromEntries(kept) } };
}

function dryRunParameter({ dryRun }: { readonly dryRun?: boolean }): string | undefined {
  return dryRun === true ? 'All' : undefined;
}

async function absentAsUndefined(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.code === 'NOT_FOUND';
}

function requireObject(body: unknown, action: string): KubeObject {
  if (isKubeObject(body)) return body;
  throw new KubeError('SERVER_ERROR', `Cannot ${action}: the answer is no Kubernetes object`);
}

function isKubeObject(body: unknown): body is KubeObject {
  return (
    isJsonObject(body) &&
    stringAt(body, 'kind') !== undefined &&
    stringAt(body, 'metadata', 'name') !== undefined
  );
}

/** Items of a list carry neither `kind` nor `apiVersion`; the list's own say what they are. */
function itemsOf(list: unknown, action: string): readonly KubeObject[] {
  const items = member(list, 'items') ?? [];
  const kind = stringAt(list, 'kind')?.replace(/List$/, '');
  if (!Array.isArray(items) || kind === undefined) {
    throw new KubeError('SERVER_ERROR', `Cannot ${action}: the answer is no list`);
  }
  const apiVersion = stringAt(list, 'apiVersion') ?? '';
  return (items as readonly JsonValue[]).map((item) => {
    const object = { apiVersion, kind, ...(isJsonObject(item) ? item : {}) };
    return requireObject(object, action);
  });
}
