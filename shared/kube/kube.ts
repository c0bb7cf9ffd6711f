import type { JsonObject, JsonValue } from '../base/json-value.ts';

/** A Kubernetes object as raw JSON: fields this code does not know survive a round trip. */
export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
}

/** Names a REST resource, `{ group: 'apps', version: 'v1', resource: 'deployments' }`; core group is ''. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  /** Plural, lower case. */
  readonly resource: string;
}

export interface ResourceName extends ResourceType {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export interface ListOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Leaves out all but `metadata` (PartialObjectMetadata), and what of that is not asked for. */
  readonly metadata?: readonly string[];
}

export interface ApplyOptions {
  readonly fieldManager: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface WatchHandlers {
  /** The complete current set; called after each (re)list and after each change, coalesced. */
  readonly onItems: (items: readonly KubeObject[]) => void;
  /** Trouble that is being retried; the last complete set stays valid. */
  readonly onError: (error: unknown) => void;
  /** What is kept of an object in memory; all of it by default. Name and namespace must stay. */
  readonly keep?: (item: KubeObject) => KubeObject;
  /** Only what is in this namespace. */
  readonly namespace?: string | undefined;
}

/** A path that somebody else wrote, and what its answer may cost. */
export interface PathCall {
  readonly method: 'GET' | 'POST';
  /** With its query: `/api/v1/namespaces?limit=1`. */
  readonly path: string;
  /** Sent with POST. */
  readonly body?: JsonObject;
  readonly maxBytes: number;
  /** For the whole call; milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The API server as this project needs it; the only way to it. All methods throw {@link KubeError}.
 */
export interface Kube {
  /** `https://host:port`, for messages. */
  readonly server: string;
  /** The namespace of the current context, `default` where it names none. */
  readonly defaultNamespace: string;
  get(name: ResourceName): Promise<KubeObject | undefined>;
  /** Follows `continue` tokens; undefined where the server does not know the resource type. */
  list(type: ResourceType, options?: ListOptions): Promise<readonly KubeObject[] | undefined>;
  /** Server-side apply; `dryRun` asks the server to change nothing. */
  apply(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** For what is a question rather than an object: a SubjectAccessReview; the answer. */
  create(
    type: ResourceType,
    object: JsonObject,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<JsonObject>;
  /** True if it existed. */
  delete(name: ResourceName, options?: { readonly dryRun?: boolean }): Promise<boolean>;
  /** JSON merge patch (RFC 7386), for status and other small changes; `dryRun` asks the server to change nothing. */
  mergePatch(
    name: ResourceName,
    patch: JsonObject,
    options?: { readonly subresource?: string; readonly dryRun?: boolean },
  ): Promise<KubeObject>;
  /** Lists, then watches with bookmarks, reconnecting with backoff, until `signal` aborts. */
  watch(type: ResourceType, handlers: WatchHandlers, signal: AbortSignal): void;
  /** The JSON at a path, as far as the server lets us see it; no redirect is followed. */
  callPath(call: PathCall): Promise<JsonValue>;
  /** Whether the server serves this resource type. */
  serves(type: ResourceType): Promise<boolean>;
  /** `v1.36.3` */
  serverVersion(): Promise<string>;
}
