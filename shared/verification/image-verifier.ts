import type { Clock } from '../base/clock.ts';
import type { Digest } from '../base/digest.ts';
import type { ImageReference } from '../image/reference.ts';
import type { RevocationChecker } from '../notation/revocation.ts';
import type { AttestorSet, VerifyImagesEntry } from '../policy/model.ts';
import type { Registry } from '../registry/registry.ts';
import type { LogLookup } from '../signature/log-lookup.ts';
import type { DiscoveredSignatures } from '../signature/signed-entity.ts';
import { type KeyOptions, type KeySource, NO_KEY_SOURCE } from '../trust/key-source.ts';
import { NO_TRUST_ROOTS, type TrustRoots } from '../trust/trust-roots.ts';
import { askLogs, namesLogs } from './ask-logs.ts';
import { DigestResolver } from './digest-resolver.ts';
import { FRESH_MS } from './discovery-store.ts';
import { evaluateAttestation } from './evaluate-attestations.ts';
import { evaluateAttestors } from './evaluate-attestors.ts';
import type { Evidence, EvidencePurpose } from './evidence.ts';
import { EvidenceCache } from './evidence-cache.ts';
import { concludePlatforms, judgePlatforms } from './judge-platforms.ts';
import {
  type ByRepository,
  foundIn,
  type Material,
  type MaterialOptions,
  MaterialStore,
} from './material.ts';
import { notationAttestationResults } from './notation-attestation-results.ts';
import { type NotationResults, notationResults } from './notation-results.ts';
import { nothingVerified } from './nothing-verified.ts';
import { PlatformManifests } from './platform-manifests.ts';
import { verdictOfError } from './registry-verdict.ts';
import { namesKeysElsewhere, resolveKeys, type ResolvedEntry } from './resolve-keys.ts';
import type { ResolvedImage } from './resolved-image.ts';
import type { Verdict } from './verdict.ts';
import { satisfiedVerdict, unsatisfiedVerdict } from './verdict-of-outcomes.ts';
import { loadDigestVerification } from './verify-digest.ts';
import { fitsOneTurn, warmEvidence } from './warm-evidence.ts';

interface EvidenceParts {
  readonly found: ByRepository<DiscoveredSignatures>;
  readonly purpose: EvidencePurpose;
  readonly notation: NotationResults;
}

/** What an entry is judged with. */
interface Gathered {
  readonly resolved: ResolvedEntry;
  readonly material: Material;
}

export interface ImageVerifierOptions {
  readonly clock: Clock;
  readonly trustRoots?: TrustRoots;
  /** Where keys are that policies only name. */
  readonly keySource?: KeySource;
  /**
   * Asks whether certificates of Notary Project signatures were revoked. Kyverno always asks (notation's
   * default); without this, a certificate that names a place to ask leaves the answer open where the
   * policy enforces revocation, and one that names none counts as not revoked.
   */
  readonly revocation?: RevocationChecker;
  /** Asks logs that policies name for entries that signatures do not bring along; without it none is asked. */
  readonly logLookup?: LogLookup | undefined;
}

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Looks again for what was found more than a few seconds ago. */
  readonly afresh?: boolean;
}

/** Resolves and verifies images; holds the caches that all requests of a process share. */
export class ImageVerifier {
  readonly #resolver: DigestResolver;
  readonly #materials: MaterialStore;
  readonly #platforms: PlatformManifests;
  readonly #cache = new EvidenceCache();
  readonly #clock: Clock;
  readonly #trustRoots: TrustRoots;
  readonly #keySource: KeySource;
  readonly #revocation: RevocationChecker | undefined;
  readonly #logLookup: LogLookup | undefined;

  constructor(options: ImageVerifierOptions) {
    const { clock, trustRoots, keySource, revocation, logLookup } = options;
    this.#clock = clock;
    this.#trustRoots = trustRoots ?? NO_TRUST_ROOTS;
    this.#keySource = keySource ?? NO_KEY_SOURCE;
    this.#revocation = revocation;
    this.#logLookup = logLookup;
    this.#resolver = new DigestResolver(clock);
    this.#materials = new MaterialStore(clock);
    this.#platforms = new PlatformManifests(clock);
  }

  /** What {@link resolve} would find without asking the registry. */
  knownDigest(registry: Registry, reference: ImageReference): Digest | undefined {
    return this.#resolver.known(registry, reference);
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
    options: VerifyOptions = {},
  ): Promise<Verdict> {
    const { attestors, attestations = [] } = entry;
    if (attestors.length + attestations.length === 0)
      return nothingVerified(image.reference, image.digest);
    try {
      return await this.#verify(image, entry, options);
    } catch (error) {
      return verdictOfError(image.reference.written, error, image.digest);
    }
  }

  async #verify(
    image: ResolvedImage,
    entry: VerifyImagesEntry,
    { signal, afresh = false }: VerifyOptions,
  ): Promise<Verdict> {
    const options = { signal, ...(afresh ? { maxAgeMs: FRESH_MS } : {}) };
    const { resolved, material } =
      this.#atHand(image, entry, options) ?? (await this.#gather(image, entry, options));
    const verdict = await this.#evaluate(image, resolved.entry, { material, signal });
    if (verdict.kind === 'pass') return verdict;
    // A key may have been replaced meanwhile; one that was not to be had a moment ago is not asked for again.
    const current =
      resolved.unavailable.length > 0
        ? resolved
        : await resolveKeys(entry, this.#keySource, { signal, maxAgeMs: FRESH_MS });
    const final = await this.#lookAgain(image, current.entry, signal);
    const [unavailable] = current.unavailable;
    // The key that nobody could look at may be the one that signed.
    return final.kind === 'pass' || unavailable === undefined
      ? final
      : verdictOfError(image.reference.written, unavailable, image.digest);
  }

  /** What {@link #gather} would come to, where nothing has to be fetched. */
  #atHand(
    image: ResolvedImage,
    entry: VerifyImagesEntry,
    options: KeyOptions,
  ): Gathered | undefined {
    if (namesKeysElsewhere(entry)) return undefined;
    const material = this.#materials.kept(image, entry, options);
    return material && { resolved: { entry, unavailable: [] }, material };
  }

  async #gather(
    image: ResolvedImage,
    entry: VerifyImagesEntry,
    options: KeyOptions,
  ): Promise<Gathered> {
    const [resolved, material] = await Promise.all([
      resolveKeys(entry, this.#keySource, options),
      this.#materials.find(image, entry, options),
    ]);
    return { resolved, material };
  }

  /** Somebody may have signed meanwhile, and an index may be signed platform by platform. */
  async #lookAgain(
    image: ResolvedImage,
    entry: VerifyImagesEntry,
    signal: AbortSignal | undefined,
  ): Promise<Verdict> {
    const fresh = { signal, maxAgeMs: FRESH_MS, explains: true };
    const judge = async (manifest: ResolvedImage, options: MaterialOptions): Promise<Verdict> => {
      const material = await this.#materials.find(manifest, entry, options);
      return this.#evaluate(manifest, entry, { material, signal });
    };
    const known = this.#platforms.known(image);
    if (known.length > 0) {
      const platforms = await judgePlatforms(image, known, async (child) =>
        judge(child, { signal }),
      );
      if (platforms.kind === 'pass') return platforms;
    }
    const refusal = await judge(image, fresh);
    if (refusal.kind !== 'fail') return refusal;
    const children = await this.#platforms.find(image, { signal });
    const platforms = await judgePlatforms(image, children, async (child) => judge(child, fresh));
    return concludePlatforms(refusal, platforms);
  }

  async #evaluate(
    image: ResolvedImage,
    entry: VerifyImagesEntry,
    { material, signal }: { material: Material; signal: AbortSignal | undefined },
  ): Promise<Verdict> {
    const { signatures, attestations } = material;
    for (const found of signatures.values())
      if (hasBareDigest(found)) await loadDigestVerification();
    const purpose = {
      kind: 'signature',
      acceptsAnyStatement: entry.acceptsAnyStatement ?? false,
    } as const;
    const context = { image, now: this.#clock.now(), revocation: this.#revocation, signal };
    // Looked for only where an attestor reads them.
    const notation =
      material.notation.size === 0
        ? NO_NOTATION
        : await notationResults(entry.attestors, material.notation, context);
    const forSignatures = this.#evidence(image, entry, { found: signatures, purpose, notation });
    const asked = isJudgedAtOnce(entry.attestors, forSignatures)
      ? forSignatures
      : await this.#prepare(entry.attestors, forSignatures, signal);
    const outcomes = entry.attestors.map((set) => evaluateAttestors(set, asked));
    const attested = [];
    for (const requirement of entry.attestations ?? []) {
      const { predicateType } = requirement;
      const evidence = this.#evidence(image, entry, {
        found: attestations,
        purpose: { kind: 'attestation', predicateType },
        notation: await notationAttestationResults(
          requirement,
          material.notationAttestations.get(predicateType) ?? new Map(),
          context,
        ),
      });
      await warmEvidence(requirement.attestors, evidence);
      attested.push(evaluateAttestation(requirement, evidence));
    }
    const all = [...outcomes, ...attested];
    return all.every((outcome) => outcome.kind === 'satisfied')
      ? satisfiedVerdict(image, all)
      : unsatisfiedVerdict(image, all, foundIn(material));
  }

  async #prepare(
    sets: readonly AttestorSet[],
    evidence: Evidence,
    signal: AbortSignal | undefined,
  ): Promise<Evidence> {
    await warmEvidence(sets, evidence);
    return askLogs(sets, evidence, { lookup: this.#logLookup, signal });
  }

  #evidence(
    { digest }: ResolvedImage,
    { formats }: VerifyImagesEntry,
    { found, purpose, notation }: EvidenceParts,
  ): Evidence {
    return {
      digest,
      formats,
      purpose,
      notation,
      signaturesIn: (repository) => found.get(repository) ?? NOTHING,
      cache: this.#cache,
      trustRoot: (name) => this.#trustRoots.get(name),
      now: this.#clock.now(),
    };
  }
}

/** Whether nobody has to be asked, and nobody else has to wait long. */
function isJudgedAtOnce(sets: readonly AttestorSet[], evidence: Evidence): boolean {
  return !namesLogs(sets) && fitsOneTurn(sets, evidence);
}

/** A signature over a manifest whose bytes are not at hand. */
function hasBareDigest({ entities }: DiscoveredSignatures): boolean {
  return entities.some((entity) => entity.kind === 'digest' && entity.artifact === undefined);
}

const NO_NOTATION: NotationResults = new Map();

const NOTHING: DiscoveredSignatures = { entities: [], oddities: [], problems: [] };
