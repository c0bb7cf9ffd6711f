import type { Clock } from '../base/clock.ts';
import { type ImageReference, parseReference } from '../image/reference.ts';
import type { AttestorSet, VerifyImagesEntry } from '../policy/model.ts';
import type { Registry } from '../registry/registry.ts';
import type { DiscoveredSignatures } from '../signature/signed-entity.ts';
import { type KeySource, NO_KEY_SOURCE } from '../trust/key-source.ts';
import { NO_TRUST_ROOTS, type TrustRoots } from '../trust/trust-roots.ts';
import { DigestResolver } from './digest-resolver.ts';
import { FRESH_MS, type FindOptions } from './discovery-store.ts';
import { evaluateAttestation } from './evaluate-attestations.ts';
import { evaluateAttestors } from './evaluate-attestors.ts';
import type { Evidence, EvidencePurpose } from './evidence.ts';
import { EvidenceCache } from './evidence-cache.ts';
import { signersOf } from './judge-signer.ts';
import { verdictOfError } from './registry-verdict.ts';
import { resolveKeys } from './resolve-keys.ts';
import type { ResolvedImage } from './resolved-image.ts';
import { SignatureStore } from './signature-store.ts';
import type { Verdict } from './verdict.ts';
import { satisfiedVerdict, unsatisfiedVerdict } from './verdict-of-outcomes.ts';
import { warmEvidence } from './warm-evidence.ts';

type ByRepository = ReadonlyMap<string | undefined, DiscoveredSignatures>;

interface Material {
  readonly signatures: ByRepository;
  readonly attestations: ByRepository;
}

export interface ImageVerifierOptions {
  readonly clock: Clock;
  readonly trustRoots?: TrustRoots;
  /** Where keys are that policies only name. */
  readonly keySource?: KeySource;
}

/** Resolves and verifies images; holds the caches that all requests of a process share. */
export class ImageVerifier {
  readonly #resolver: DigestResolver;
  readonly #store: SignatureStore;
  readonly #cache = new EvidenceCache();
  readonly #clock: Clock;
  readonly #trustRoots: TrustRoots;
  readonly #keySource: KeySource;

  constructor({ clock, trustRoots, keySource }: ImageVerifierOptions) {
    this.#clock = clock;
    this.#trustRoots = trustRoots ?? NO_TRUST_ROOTS;
    this.#keySource = keySource ?? NO_KEY_SOURCE;
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
    const { attestors, attestations = [] } = entry;
    if (attestors.length + attestations.length === 0) {
      return {
        kind: 'skip',
        message: `no attestors are configured for ${image.reference.written}: nothing was verified`,
        digest: image.digest,
      };
    }
    try {
      const [resolved, material] = await Promise.all([
        resolveKeys(entry, this.#keySource, signal),
        this.#material(image, entry, { signal }),
      ]);
      const verdict = await this.#evaluate(image, resolved.entry, material);
      if (verdict.kind === 'pass') return verdict;
      const fresh = await this.#material(image, entry, { signal, maxAgeMs: FRESH_MS });
      const final = await this.#evaluate(image, resolved.entry, fresh);
      const [unavailable] = resolved.unavailable;
      // The key that nobody could look at may be the one that signed.
      return final.kind === 'pass' || unavailable === undefined
        ? final
        : verdictOfError(image.reference.written, unavailable, image.digest);
    } catch (error) {
      return verdictOfError(image.reference.written, error, image.digest);
    }
  }

  async #evaluate(
    image: ResolvedImage,
    entry: VerifyImagesEntry,
    { signatures, attestations }: Material,
  ): Promise<Verdict> {
    const purpose = {
      kind: 'signature',
      acceptsAnyStatement: entry.acceptsAnyStatement ?? false,
    } as const;
    const forSignatures = this.#evidence(image, entry, { found: signatures, purpose });
    await warmEvidence(entry.attestors, forSignatures);
    const outcomes = entry.attestors.map((set) => evaluateAttestors(set, forSignatures));
    const attested = [];
    for (const requirement of entry.attestations ?? []) {
      const { predicateType } = requirement;
      const evidence = this.#evidence(image, entry, {
        found: attestations,
        purpose: { kind: 'attestation', predicateType },
      });
      await warmEvidence(requirement.attestors, evidence);
      attested.push(evaluateAttestation(requirement, evidence));
    }
    const all = [...outcomes, ...attested];
    return all.every((outcome) => outcome.kind === 'satisfied')
      ? satisfiedVerdict(image, all)
      : unsatisfiedVerdict(image, all, [...signatures.values(), ...attestations.values()]);
  }

  #evidence(
    { digest }: ResolvedImage,
    { formats }: VerifyImagesEntry,
    { found, purpose }: { found: ByRepository; purpose: EvidencePurpose },
  ): Evidence {
    return {
      digest,
      formats,
      purpose,
      signaturesIn: (repository) => found.get(repository) ?? NOTHING,
      cache: this.#cache,
      trustRoot: (name) => this.#trustRoots.get(name),
      now: this.#clock.now(),
    };
  }

  /** Signatures and attestations from every repository that an attestor names, fetched side by side. */
  async #material(
    image: ResolvedImage,
    { attestors, attestations = [] }: VerifyImagesEntry,
    options: FindOptions,
  ): Promise<Material> {
    const types = new Set(attestations.map(({ predicateType }) => predicateType));
    const attesting = attestations.flatMap((requirement) => requirement.attestors);
    const { registry, reference, digest } = image;
    const search = (repository: ReturnType<typeof parseReference>) => ({
      registry,
      repository,
      imageRepository: reference,
      digest,
    });
    const [signatures, attested] = await Promise.all([
      findIn(image, attestors, async (repository) => this.#store.find(search(repository), options)),
      findIn(image, attesting, async (repository) =>
        this.#store.findAttestations(search(repository), types, options),
      ),
    ]);
    return { signatures, attestations: attested };
  }
}

const NOTHING: DiscoveredSignatures = { entities: [], oddities: [], problems: [] };

/** One search for each repository that attestors of these sets name. */
async function findIn(
  { reference }: ResolvedImage,
  sets: readonly AttestorSet[],
  find: (repository: ImageReference) => Promise<DiscoveredSignatures>,
): Promise<ByRepository> {
  const signers = sets.flatMap(({ entries }) => signersOf(entries));
  const names = [...new Set(signers.map(({ repository }) => repository))];
  const found = names.map(async (name): Promise<[string | undefined, DiscoveredSignatures]> => [
    name,
    await find(name === undefined ? reference : parseReference(name)),
  ]);
  return new Map(await Promise.all(found));
}
