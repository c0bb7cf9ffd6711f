import { ByteSlab } from '../base/byte-slab.ts';
import type { Clock } from '../base/clock.ts';
import { repositoryName } from '../image/format-reference.ts';
import { discoverAttestations } from '../signature/discover-attestations.ts';
import { discoverSignatures } from '../signature/discover-signatures.ts';
import { retainEntity } from '../signature/retain-entity.ts';
import type { SignatureSearch } from '../signature/signature-search.ts';
import type { DiscoveredSignatures } from '../signature/signed-entity.ts';
import { DiscoveryStore, type FindOptions } from './discovery-store.ts';

/** About 2 kB each: 40 MB when full. */
const MAX_DIGESTS = 20_000;

/** Attestations can be megabytes: only small ones are kept, and fewer. 64 MB when full. */
const MAX_ATTESTED_DIGESTS = 256;
const MAX_KEPT_BYTES = 256 * 1024;

/** Raw signatures and attestations by digest, for all requests of a process. */
export class SignatureStore {
  readonly #signatures: DiscoveryStore<DiscoveredSignatures>;
  readonly #attestations: DiscoveryStore<DiscoveredSignatures>;

  constructor(clock: Clock) {
    const slab = new ByteSlab();
    const retain = (found: DiscoveredSignatures): DiscoveredSignatures => retainIn(slab, found);
    this.#signatures = new DiscoveryStore({ clock, maxEntries: MAX_DIGESTS, retain });
    this.#attestations = new DiscoveryStore({
      clock,
      maxEntries: MAX_ATTESTED_DIGESTS,
      retain: (found) => (bytesOf(found) > MAX_KEPT_BYTES ? undefined : retain(found)),
    });
  }

  /** What is known of the signatures already. */
  kept(search: SignatureSearch, { maxAgeMs }: FindOptions): DiscoveredSignatures | undefined {
    return this.#signatures.kept(searchKey(search), maxAgeMs);
  }

  /** @throws the signal's reason when the caller's time is up. */
  async find(search: SignatureSearch, options: FindOptions): Promise<DiscoveredSignatures> {
    return this.#signatures.find(
      searchKey(search),
      async (signal) => discoverSignatures(search, { signal }),
      options,
    );
  }

  /**
   * @param predicateTypes what is asked for: read first where not all can be.
   * @throws the signal's reason when the caller's time is up.
   */
  async findAttestations(
    search: SignatureSearch,
    predicateTypes: ReadonlySet<string>,
    options: FindOptions,
  ): Promise<DiscoveredSignatures> {
    const types = JSON.stringify([...predicateTypes].toSorted());
    return this.#attestations.find(
      `${searchKey(search)} ${types}`,
      async (signal) => discoverAttestations(search, { signal, predicateTypes }),
      options,
    );
  }
}

/** Names a search: whoever sees the same content under it may share the answer. */
export function searchKey({
  registry,
  repository,
  imageRepository,
  digest,
}: SignatureSearch): string {
  return [registry.scope, repositoryName(repository), repositoryName(imageRepository), digest].join(
    ' ',
  );
}

/** Empty lists are one list: most answers have them, and thousands are kept. */
function retainIn(slab: ByteSlab, found: DiscoveredSignatures): DiscoveredSignatures {
  const { entities, oddities, problems } = found;
  return {
    entities: entities.map((entity) => retainEntity(entity, slab)),
    oddities: oddities.length === 0 ? NONE : oddities,
    problems: problems.length === 0 ? NONE : problems,
  };
}

const NONE: readonly never[] = [];

function bytesOf({ entities }: DiscoveredSignatures): number {
  return entities.reduce(
    (sum, entity) =>
      sum + (entity.kind === 'dsse' ? entity.payload.length + (entity.envelope?.length ?? 0) : 0),
    0,
  );
}
