import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, member, stringAt } from '../base/json-value.ts';
import { KubeError } from './kube-error.ts';
import type { KubeObject, ResourceType, WatchHandlers } from './kube.ts';
import { readLines } from './read-lines.ts';
import { collectionPath } from './resource-path.ts';
import { typeTitle } from './resource-title.ts';
import type { KubeTransport } from './transport.ts';

/** What one list gives: all objects, and the version from which to watch. */
export interface Listing {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

export interface WatchOptions {
  readonly transport: KubeTransport;
  readonly type: ResourceType;
  /** Undefined where the server does not serve the type. */
  readonly list: () => Promise<Listing | undefined>;
  readonly handlers: WatchHandlers;
  readonly signal: AbortSignal;
}

/** The server ends a watch after this time and we resume it: so a connection that died unseen is noticed. */
const WATCH_SECONDS = 150;
/** Spread, so that the watches of all kinds and replicas do not end together. */
const WATCH_SPREAD_SECONDS = 30;
/** If the server does not end it, we do; milliseconds. */
const WATCH_GRACE = 15_000;

/** Between two tries, doubled up to the maximum and spread by half; milliseconds. */
const FIRST_BACKOFF = 500;
const MAX_BACKOFF = 30_000;

/**
 * A type that is not served may come with a CRD at any time, and its first policy right behind it: until we
 * see them, they are not enforced. Asking costs one small request; milliseconds.
 */
const UNSERVED_INTERVAL = 1_000;

/** Changes come in bursts (a directory of policies is applied); milliseconds. */
const COALESCE = 25;

/** Lists, watches, resumes, lists again, until the signal aborts. Never rejects. */
export async function watchObjects(options: WatchOptions): Promise<void> {
  const { signal, handlers } = options;
  const view = new View(handlers);
  let backoff = FIRST_BACKOFF;
  while (!signal.aborted) {
    const started = performance.now();
    try {
      const listing = await options.list();
      view.replace(listing?.items ?? []);
      if (listing === undefined) await pause(UNSERVED_INTERVAL, signal);
      else await follow(options, view, listing.resourceVersion);
    } catch (error) {
      if (signal.aborted) break;
      // 410: the version is too old to go on from; a new list repairs that.
      if (!isGone(error)) handlers.onError(error);
      if (performance.now() - started > MAX_BACKOFF) backoff = FIRST_BACKOFF;
      await pause(backoff * (0.75 + Math.random() / 2), signal);
      backoff = Math.min(backoff * 2, MAX_BACKOFF);
    }
  }
  view.close();
}

/** Watches from `version` on, resuming where the last watch ended; throws when a new list is needed. */
async function follow(options: WatchOptions, view: View, version: string): Promise<void> {
  let current = version;
  while (!options.signal.aborted) {
    const started = performance.now();
    current = await watchOnce(options, view, current);
    // A server that ends watches at once must not be asked in a tight loop.
    if (performance.now() - started < FIRST_BACKOFF) await pause(FIRST_BACKOFF, options.signal);
  }
}

async function watchOnce(
  { transport, type, handlers, signal }: WatchOptions,
  view: View,
  version: string,
): Promise<string> {
  const seconds = WATCH_SECONDS + Math.floor(Math.random() * WATCH_SPREAD_SECONDS);
  const overdue = AbortSignal.timeout(seconds * 1000 + WATCH_GRACE);
  const stream = await transport.stream({
    method: 'GET',
    path: collectionPath(type, handlers.namespace),
    action: `watch ${typeTitle(type)}`,
    query: {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(seconds),
    },
    signal: AbortSignal.any([signal, overdue]),
  });
  let current = version;
  try {
    for await (const line of readLines(stream)) current = view.apply(line, type) ?? current;
  } catch (error) {
    if (error instanceof KubeError) throw error;
    // A cut connection is no news: the next watch goes on from the last version seen.
  }
  return current;
}

function isGone(error: unknown): boolean {
  return error instanceof KubeError && error.status === 410;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** The current set of objects, told to the handler at most once in a while. */
class View {
  readonly #handlers: WatchHandlers;
  #items = new Map<string, KubeObject>();
  #scheduled: NodeJS.Timeout | undefined;

  constructor(handlers: WatchHandlers) {
    this.#handlers = handlers;
  }

  replace(items: readonly KubeObject[]): void {
    this.#items = new Map(items.map((item) => [keyOf(item), this.#keep(item)]));
    clearTimeout(this.#scheduled);
    this.#tell();
  }

  /** Applies one event; returns the version it brings. */
  apply(line: string, type: ResourceType): string | undefined {
    const event: unknown = JSON.parse(line);
    const object = member(event, 'object');
    const kind = stringAt(event, 'type');
    if (kind === 'ERROR') throw watchError(object, type);
    if (!isJsonObject(object)) return undefined;
    const item = object as KubeObject;
    if (kind === 'ADDED' || kind === 'MODIFIED') this.#items.set(keyOf(item), this.#keep(item));
    if (kind === 'DELETED') this.#items.delete(keyOf(item));
    if (kind !== 'BOOKMARK') this.#scheduled ??= setTimeout(() => this.#tell(), COALESCE);
    return stringAt(object, 'metadata', 'resourceVersion');
  }

  close(): void {
    clearTimeout(this.#scheduled);
  }

  #keep(item: KubeObject): KubeObject {
    return this.#handlers.keep === undefined ? item : this.#handlers.keep(item);
  }

  #tell(): void {
    this.#scheduled = undefined;
    try {
      this.#handlers.onItems([...this.#items.values()]);
    } catch (error) {
      this.#handlers.onError(error);
    }
  }
}

function watchError(status: unknown, type: ResourceType): KubeError {
  const code = member(status, 'code');
  return new KubeError(
    'SERVER_ERROR',
    `Cannot watch ${typeTitle(type)}: ${stringAt(status, 'message') ?? 'the server ended the watch with an error'}`,
    typeof code === 'number' ? { status: code } : {},
  );
}

function keyOf(item: KubeObject): string {
  return `${stringAt(item, 'metadata', 'namespace') ?? ''}/${item.metadata.name}`;
}
