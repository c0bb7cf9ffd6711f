import type { Clock } from '../base/clock.ts';
import { type ImageReference, parseReference } from '../image/reference.ts';
import type { Attestor, VerifyImagesEntry } from '../policy/model.ts';
import type { Registry } from '../registry/registry.ts';
import type { DiscoveredSignatures } from '../signature/signed-entity.ts';
import { DigestResolver } from './digest-resolver.ts';
import { evaluateAttestors } from './evaluate-attestors.ts';
import { EvidenceCache } from './evidence-cache.ts';
import { verdictOfError } from './registry-verdict.ts';
import { FRESH_MS, SignatureStore } from './signature-store.ts';
import type { ResolvedImage } from './resolved-image.ts';
import type { Verdict } from './verdict.ts';
import { satisfiedVerdict, unsatisfiedVerdict } from './verdict-of-outcomes.ts';

type SignaturesByRepository = ReadonlyMap<string | undefined, DiscoveredSignatures>;

/** Resolves and verifies images; holds the caches that all requests of a process share. */
export class ImageVerifier {
  readonly #resolver: DigestResolver;
  readonly #store: SignatureStore;
  readonly #cache = new EvidenceCache();

  constructor(clock: Clock) {
    this.#resolver = new DigestResolver(clock);
    this.#store = new SignatureStore(clock);
  }

  /** @throws {RegistryError} if the digest behind the tag cannot be found out. */
  async resolve(
    registry: Registry,
    reference: ImageReference,
    signal: AbortSignal | undefined,
  ): Promise<ResolvedImage> {
    const digest = await this.#resolver.resolve(registry, reference, { signal });
    return { reference, digest, registry };
  }

  /** What one entry of a policy makes of an image; never throws for what a registry or signer did. */
  async verify(
    image: ResolvedImage,
    entry: VerifyImagesEntry,
    signal: AbortSignal | undefined,
  ): Promise<Verdict> {
    if (entry.attestors.length === 0) {
      return {
        kind: 'skip',
        message: `no attestors are configured for ${image.reference.written}: nothing was verified`,
        digest: image.digest,
      };
    }
    try {
      const verdict = this.#evaluate(
        image,
        entry,
        await this.#signatures(image, entry, { signal }),
      );
      if (verdict.kind === 'pass') return verdict;
      return this.#evaluate(
        image,
        entry,
        await this.#signatures(image, entry, { signal, maxAgeMs: FRESH_MS }),
      );
    } catch (error) {
      return verdictOfError(image.reference.written, error, image.digest);
    }
  }

  #evaluate(
    image: ResolvedImage,
    entry: VerifyImagesEntry,
    signatures: SignaturesByRepository,
  ): Verdict {
    const none: DiscoveredSignatures = { entities: [], oddities: [], problems: [] };
    const outcomes = entry.attestors.map((set) =>
      evaluateAttestors(set, {
        digest: image.digest,
        formats: entry.formats,
        signaturesIn: (repository) => signatures.get(repository) ?? none,
        cache: this.#cache,
      }),
    );
    return outcomes.every((outcome) => outcome.kind === 'satisfied')
      ? satisfiedVerdict(image, outcomes)
      : unsatisfiedVerdict(image, outcomes, [...signatures.values()]);
  }

  /** Material from each repository that an attestor of the entry names, fetched side by side. */
  async #signatures(
    { reference, digest, registry }: ResolvedImage,
    entry: VerifyImagesEntry,
    options: { signal: AbortSignal | undefined; maxAgeMs?: number },
  ): Promise<SignaturesByRepository> {
    const repositories = [
      ...new Set(entry.attestors.flatMap(({ entries }) => entries.flatMap(repositoriesOf))),
    ];
    const found = repositories.map(
      async (name): Promise<[string | undefined, DiscoveredSignatures]> => {
        const repository = name === undefined ? reference : parseReference(name);
        return [
          name,
          await this.#store.find(
            { registry, repository, imageRepository: reference, digest },
            options,
          ),
        ];
      },
    );
    return new Map(await Promise.all(found));
  }
}

function repositoriesOf(attestor: Attestor): readonly (string | undefined)[] {
  return attestor.kind === 'nested'
    ? attestor.set.entries.flatMap(repositoriesOf)
    : [attestor.repository];
}
