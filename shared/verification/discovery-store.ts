import type { Clock } from '../base/clock.ts';
import { raceAbort } from '../base/race-abort.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import type { RegistryError } from '../registry/registry-error.ts';

/** Signatures of a digest do not change, they are only added; see {@link FRESH_MS}. Milliseconds. */
const KEEP_MS = 60 * 60_000;

/** Evidence that does not satisfy is looked for again when it is older: somebody may have signed meanwhile. */
export const FRESH_MS = 5_000;

/** Shared work has its own bound, above every caller's deadline. Milliseconds. */
const SEARCH_TIMEOUT_MS = 30_000;

/** What a search comes to; complete while there are no problems. */
interface Discovered {
  readonly problems: readonly RegistryError[];
}

export interface DiscoveryStoreOptions<Found extends Discovered> {
  readonly clock: Clock;
  readonly maxEntries: number;
  /** The form in which a complete answer is kept; undefined for one that is too large to keep. */
  readonly retain: (found: Found) => Found | undefined;
}

export interface FindOptions {
  readonly signal?: AbortSignal | undefined;
  /** How old the answer may be; all that is kept by default. */
  readonly maxAgeMs?: number;
}

/**
 * Raw signature material by search. Complete answers are kept; an answer with problems never is
 * (MUST-NOT-HAPPEN 19). Equal searches in flight are one search.
 */
export class DiscoveryStore<Found extends Discovered> {
  readonly #stored: TtlCache<Found>;
  /** Complete answers that are too large to keep: found again while somebody still has them. */
  readonly #lent: TtlCache<WeakRef<Found>>;
  readonly #inFlight = new SingleFlight<Found>();
  readonly #options: DiscoveryStoreOptions<Found>;

  constructor(options: DiscoveryStoreOptions<Found>) {
    this.#options = options;
    this.#stored = new TtlCache(options);
    this.#lent = new TtlCache(options);
  }

  /** What is there already, young enough. */
  kept(key: string, maxAgeMs: number = KEEP_MS): Found | undefined {
    return this.#stored.get(key, maxAgeMs) ?? this.#lent.get(key, maxAgeMs)?.deref();
  }

  /** @throws the signal's reason when the caller's time is up. */
  async find(
    key: string,
    search: (signal: AbortSignal) => Promise<Found>,
    { signal, maxAgeMs }: FindOptions,
  ): Promise<Found> {
    const stored = this.kept(key, maxAgeMs);
    if (stored !== undefined) return stored;
    return raceAbort(
      this.#inFlight.run(key, () => this.#search(key, search)),
      signal,
    );
  }

  async #search(key: string, search: (signal: AbortSignal) => Promise<Found>): Promise<Found> {
    const found = await inTime(search);
    if (found.problems.length > 0) return found;
    const kept = this.#options.retain(found);
    if (kept === undefined) this.#lent.set(key, new WeakRef(found), KEEP_MS);
    else this.#stored.set(key, kept, KEEP_MS);
    return kept ?? found;
  }
}

/** The timer ends with the search: thousands that run on would keep what they were for. */
async function inTime<Found>(search: (signal: AbortSignal) => Promise<Found>): Promise<Found> {
  const controller = new AbortController();
  const timeUp = (): void => controller.abort(new DOMException('search timed out', 'TimeoutError'));
  const timer = setTimeout(timeUp, SEARCH_TIMEOUT_MS);
  try {
    return await search(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
