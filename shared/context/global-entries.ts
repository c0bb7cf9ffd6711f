import type { Clock } from '../base/clock.ts';
import type { JsonValue } from '../base/json-value.ts';
import { raceAbort } from '../base/race-abort.ts';
import type { Kube } from '../kube/kube.ts';
import type { Callees } from './call-target.ts';
import { GlobalDefinitions } from './global-definitions.ts';
import { PolledCall } from './polled-call.ts';
import type { GlobalContextEntry } from './read-global-entry.ts';
import { WatchedResources } from './watched-resources.ts';

export interface GlobalEntriesOptions {
  readonly kube: Kube;
  readonly callees: Callees;
  readonly clock: Clock;
  /** Ends all watches. */
  readonly signal: AbortSignal;
}

/** An entry that no rule asked for in this time is not followed any more. Milliseconds. */
const IDLE_FOR = 10 * 60_000;

/** An entry that is followed, as it was when that began. */
interface Followed {
  readonly definition: string;
  readonly data: WatchedResources | PolledCall;
  readonly stop: AbortController;
  idle: NodeJS.Timeout;
}

/** The data of GlobalContextEntries; an entry is followed from when a rule first asks for it. */
export class GlobalEntries {
  readonly #options: GlobalEntriesOptions;
  readonly #definitions: GlobalDefinitions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: GlobalEntriesOptions) {
    this.#options = options;
    this.#definitions = new GlobalDefinitions(options.kube, options.clock);
  }

  /**
   * Undefined where there is no such entry, or no projection of this name.
   * @throws {KubeError | GlobalEntryError | ContextError | ServiceError | ConditionError}
   */
  async value(
    { name, projection }: { readonly name: string; readonly projection: string },
    signal: AbortSignal | undefined,
  ): Promise<JsonValue | undefined> {
    const entry = await raceAbort(this.#definitions.read(name), signal);
    if (entry === undefined) {
      this.#forget(name);
      return undefined;
    }
    const expression = entry.projections.get(projection);
    if (expression === undefined && projection !== '') return undefined;
    const snapshot = await this.#follow(name, entry).latest(signal);
    return expression === undefined
      ? snapshot.value
      : snapshot.projected(expression, this.#options.clock);
  }

  #follow(name: string, { data }: GlobalContextEntry): Followed['data'] {
    const definition = JSON.stringify(data);
    const known = this.#followed.get(name);
    if (known?.definition === definition) {
      known.idle.refresh();
      return known.data;
    }
    this.#forget(name);
    const stop = new AbortController();
    const idle = setTimeout(() => this.#forget(name), IDLE_FOR).unref();
    const followed = { definition, data: this.#start(data, stop.signal), stop, idle };
    this.#followed.set(name, followed);
    return followed.data;
  }

  #start(data: GlobalContextEntry['data'], stop: AbortSignal): Followed['data'] {
    const { kube, callees, clock, signal } = this.#options;
    return data.kind === 'call'
      ? new PolledCall(data, callees, clock)
      : new WatchedResources(data, { kube, clock, signal: AbortSignal.any([signal, stop]) });
  }

  #forget(name: string): void {
    const followed = this.#followed.get(name);
    if (followed === undefined) return;
    clearTimeout(followed.idle);
    followed.stop.abort();
    this.#followed.delete(name);
  }
}
