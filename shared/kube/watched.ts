import type { Clock } from '../base/clock.ts';
import { raceAbort } from '../base/race-abort.ts';
import type { Kube, KubeObject, ResourceType } from './kube.ts';

export interface WatchedOptions<Value> {
  readonly kube: Kube;
  readonly type: ResourceType;
  /** Only what is in this namespace. */
  readonly namespace?: string | undefined;
  /** What is kept of one object. */
  readonly keep: (item: KubeObject) => KubeObject;
  /** What is made of all of them. */
  readonly project: (items: readonly KubeObject[]) => Value;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/**
 * While the watch is broken, what it last said counts for so long: an API server restarts within seconds,
 * and what changed behind a longer silence must not be missed. Milliseconds.
 */
const STALE_FOR = 30_000;

/** Something made of all objects of a type, kept up to date by a watch that starts when it is first needed. */
export class Watched<Value> {
  readonly #options: WatchedOptions<Value>;
  #isStarted = false;
  #latest: { readonly value: Value } | undefined;
  #trouble: { readonly error: unknown; readonly since: number } | undefined;
  #news = Promise.withResolvers<void>();

  constructor(options: WatchedOptions<Value>) {
    this.#options = options;
  }

  /** Starts the watch, so that the first one who asks does not have to wait. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { kube, type, namespace, keep, project, clock, signal } = this.#options;
    kube.watch(
      type,
      {
        keep,
        namespace,
        onItems: (items) => {
          this.#latest = { value: project(items) };
          this.#trouble = undefined;
          this.#tell();
        },
        onError: (error) => {
          this.#trouble = { error, since: this.#trouble?.since ?? clock.now() };
          this.#tell();
        },
      },
      signal,
    );
  }

  /**
   * The value of now, after the first list.
   * @throws {KubeError} where the objects cannot be listed or watched.
   */
  async value(signal: AbortSignal | undefined): Promise<Value> {
    this.start();
    if (this.#latest === undefined && this.#trouble === undefined)
      await raceAbort(this.#news.promise, signal);
    const trouble = this.#trouble;
    const isStale = trouble !== undefined && this.#options.clock.now() - trouble.since > STALE_FOR;
    if (this.#latest === undefined || isStale) throw trouble?.error;
    return this.#latest.value;
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }
}
