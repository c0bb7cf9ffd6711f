import type { Clock } from '../base/clock.ts';
import { raceAbort } from '../base/race-abort.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import { repositoryName } from '../image/format-reference.ts';
import { discoverSignatures } from '../signature/discover-signatures.ts';
import { retainEntity } from '../signature/retain-entity.ts';
import type { SignatureSearch } from '../signature/signature-search.ts';
import type { DiscoveredSignatures } from '../signature/signed-entity.ts';

/** Signatures of a digest do not change, they are only added; see {@link FRESH_MS}. Milliseconds. */
const KEEP_MS = 60 * 60_000;

/** Evidence that does not satisfy is looked for again when it is older: somebody may have signed meanwhile. */
export const FRESH_MS = 5_000;

/** About 2.5 kB each: 50 MB when full. */
const MAX_DIGESTS = 20_000;

/** Shared work has its own bound, above every caller's deadline. Milliseconds. */
const SEARCH_TIMEOUT_MS = 30_000;

interface Stored {
  readonly found: DiscoveredSignatures;
  readonly at: number;
}

/**
 * Raw signature material by digest. Complete answers are kept; an answer with problems never is
 * (MUST-NOT-HAPPEN 19). Equal searches in flight are one search.
 */
export class SignatureStore {
  readonly #stored: TtlCache<Stored>;
  readonly #inFlight = new SingleFlight<DiscoveredSignatures>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#stored = new TtlCache({ maxEntries: MAX_DIGESTS, clock });
  }

  /**
   * @param options.maxAgeMs how old the answer may be; all that is kept by default.
   * @throws the signal's reason when the caller's time is up.
   */
  async find(
    search: SignatureSearch,
    options: { readonly signal?: AbortSignal | undefined; readonly maxAgeMs?: number },
  ): Promise<DiscoveredSignatures> {
    const key = [
      search.registry.scope,
      repositoryName(search.repository),
      repositoryName(search.imageRepository),
      search.digest,
    ].join(' ');
    const stored = this.#stored.get(key);
    if (stored !== undefined && this.#clock.now() - stored.at <= (options.maxAgeMs ?? KEEP_MS))
      return stored.found;
    return raceAbort(
      this.#inFlight.run(key, () => this.#search(key, search)),
      options.signal,
    );
  }

  async #search(key: string, search: SignatureSearch): Promise<DiscoveredSignatures> {
    const found = await discoverSignatures(search, {
      signal: AbortSignal.timeout(SEARCH_TIMEOUT_MS),
    });
    if (found.problems.length > 0) return found;
    const kept = { ...found, entities: found.entities.map(retainEntity) };
    this.#stored.set(key, { found: kept, at: this.#clock.now() }, KEEP_MS);
    return kept;
  }
}
