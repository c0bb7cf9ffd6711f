import { ByteSlab } from '../base/byte-slab.ts';
import type { Clock } from '../base/clock.ts';
import { repositoryName } from '../image/format-reference.ts';
import { discoverNotation } from '../notation/discover-notation.ts';
import {
  discoverNotationAttestations,
  type NotationAttestation,
} from '../notation/discover-notation-attestations.ts';
import type { TargetArtifact } from '../notation/notation-payload.ts';
import type { NotationFindings, NotationSignature } from '../notation/notation-signature.ts';
import type { CallOptions } from '../registry/registry.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { SignatureSearch } from '../signature/signature-search.ts';
import { DiscoveryStore, type FindOptions } from './discovery-store.ts';
import { searchKey } from './signature-store.ts';

/** Notary Project signatures of one digest. */
export interface NotationMaterial extends NotationFindings<NotationSignature> {
  /** What they must be for; undefined where there is none to judge, or a problem. */
  readonly target: TargetArtifact | undefined;
}

/** Attestations of one type that are signed with the Notary Project's formats. */
export type NotationAttested = NotationFindings<NotationAttestation>;

/** About 8 kB each with one signature: 40 MB when full. */
const MAX_DIGESTS = 5_000;

/** Eight signatures with timestamps; whoever adds many large ones has them fetched again each time. */
const MAX_KEPT_ENVELOPE_BYTES = 64 * 1024;

/** What attestations say is kept with them once it was read: only small ones are, 16 MB of text when full. */
const MAX_ATTESTED_DIGESTS = 64;
const MAX_KEPT_BYTES = 256 * 1024;

/** Raw Notary Project signatures by digest, for all requests of a process. */
export class NotationStore {
  readonly #signatures: DiscoveryStore<NotationMaterial>;
  readonly #attestations: DiscoveryStore<NotationAttested>;

  constructor(clock: Clock) {
    const slab = new ByteSlab();
    this.#signatures = new DiscoveryStore({
      clock,
      maxEntries: MAX_DIGESTS,
      retain: (found) => retainIn(slab, found),
    });
    this.#attestations = new DiscoveryStore({
      clock,
      maxEntries: MAX_ATTESTED_DIGESTS,
      retain: (found) => (bytesOf(found) > MAX_KEPT_BYTES ? undefined : found),
    });
  }

  /** @throws the signal's reason when the caller's time is up. */
  async find(search: SignatureSearch, options: FindOptions): Promise<NotationMaterial> {
    return this.#signatures.find(
      searchKey(search),
      async (signal) => findMaterial(search, { signal }),
      options,
    );
  }

  /**
   * @param type the type of artifact that holds the attestation.
   * @throws the signal's reason when the caller's time is up.
   */
  async findAttestations(
    search: SignatureSearch,
    type: string,
    options: FindOptions,
  ): Promise<NotationAttested> {
    return this.#attestations.find(
      `${searchKey(search)} ${type}`,
      async (signal) => withProblems(await discoverNotationAttestations(search, type, { signal })),
      options,
    );
  }
}

/** A signature that could not be looked at leaves the whole answer open. */
function withProblems(found: NotationAttested): NotationAttested {
  const hidden = found.items.flatMap(({ signatures }) => signatures.problems);
  const oddities = found.items.flatMap(({ signatures }) => signatures.oddities);
  return {
    ...found,
    oddities: [...found.oddities, ...oddities],
    problems: [...found.problems, ...hidden],
  };
}

async function findMaterial(
  search: SignatureSearch,
  options: CallOptions,
): Promise<NotationMaterial> {
  const [found, target] = await Promise.all([
    discoverNotation(search, options),
    describeTarget(search, options),
  ]);
  if (found.items.length === 0) return { ...found, target: undefined };
  if (!(target instanceof RegistryError)) return { ...found, target };
  return { ...found, problems: [...found.problems, target], target: undefined };
}

/** Media type and size are signed too: both come from the manifest whose bytes were hashed. */
async function describeTarget(
  { registry, imageRepository, digest }: SignatureSearch,
  options: CallOptions,
): Promise<TargetArtifact | RegistryError> {
  try {
    const { mediaType, bytes } = await registry.manifest(imageRepository, digest, options);
    if (bytes !== undefined) return { mediaType, digest, size: bytes.length };
    const name = `${repositoryName(imageRepository)}@${digest}`;
    return new RegistryError('MALFORMED', `Cannot tell the size of "${name}": it has no bytes`);
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
}

function retainIn(slab: ByteSlab, found: NotationMaterial): NotationMaterial | undefined {
  const bytes = found.items.reduce((sum, { envelope }) => sum + envelope.length, 0);
  if (bytes > MAX_KEPT_ENVELOPE_BYTES) return undefined;
  const items = found.items.map((item) => ({ ...item, envelope: slab.keep(item.envelope) }));
  return { ...found, items };
}

function bytesOf({ items }: NotationAttested): number {
  return items.reduce((sum, { predicate }) => sum + predicate.size, 0);
}
