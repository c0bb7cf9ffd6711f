import { systemClock } from '#shared/base/clock.ts';
import { discoverNotation } from '#shared/notation/discover-notation.ts';
import { discoverAttestations } from '#shared/signature/discover-attestations.ts';
import { discoverSbom } from '#shared/signature/discover-sbom.ts';
import { discoverSignatures } from '#shared/signature/discover-signatures.ts';
import type { Oddity, SignedEntity } from '#shared/signature/signed-entity.ts';
import { NO_TRUST_ROOTS, type TrustRoots } from '#shared/trust/trust-roots.ts';
import { EvidenceCache } from '#shared/verification/evidence-cache.ts';
import type { ResolvedImage } from '#shared/verification/resolved-image.ts';
import { type InspectedSignature, inspectEntity, inspectNotation } from './inspected-signature.ts';

export interface Inspection {
  readonly signatures: readonly InspectedSignature[];
  /** Things at the places of signatures that cannot be read as one. */
  readonly unreadable: readonly string[];
  /** Places that could not be looked at: there may be more. */
  readonly problems: readonly string[];
}

export interface InspectOptions {
  /** Asked for only where there is a certificate to judge. */
  readonly openTrustRoots: () => Promise<TrustRoots>;
  readonly waived: {
    readonly 'insecure-ignore-tlog': boolean;
    readonly 'insecure-ignore-sct': boolean;
  };
}

/** Every signature and attestation of an image, whoever made it, with what can be verified of each. */
export async function inspect(
  image: ResolvedImage,
  { openTrustRoots, waived }: InspectOptions,
): Promise<Inspection> {
  const { registry, reference, digest } = image;
  const search = { registry, repository: reference, imageRepository: reference, digest };
  const [signatures, attestations, notation, sbom] = await Promise.all([
    discoverSignatures(search, {}),
    discoverAttestations(search, { predicateTypes: new Set() }),
    discoverNotation(search, {}),
    discoverSbom(search, {}),
  ]);
  const entities = distinct([...signatures.entities, ...attestations.entities]);
  const hasCertificate = entities.some(({ signer }) => signer.kind === 'certificate');
  const trustRoots = hasCertificate ? await openTrustRoots() : NO_TRUST_ROOTS;
  const judging = {
    digest,
    trustRoots,
    waived,
    cache: new EvidenceCache(),
    now: systemClock.now(),
  };
  const read = [
    ...entities.map((entity) => inspectEntity(entity, judging)),
    ...notation.items.map((item) => inspectNotation(item, digest)),
  ];
  const problems = [signatures, attestations, notation, sbom].flatMap(({ problems }) =>
    problems.map(({ message }) => message),
  );
  const oddities = [
    ...commonOddities(signatures.oddities, attestations.oddities),
    ...notation.oddities,
    ...sbom.oddities,
  ].filter(({ source }) => !read.some(({ manifest }) => source.endsWith(`@${manifest}`)));
  return {
    signatures: read,
    unreadable: [...new Set(oddities.map(({ source, message }) => `${source}: ${message}`))],
    problems: [...new Set(problems)],
  };
}

/** Both searches open the same referrers. */
function distinct(entities: readonly SignedEntity[]): readonly SignedEntity[] {
  const named = entities.map(
    (entity) => [`${entity.source.manifestDigest} ${entity.source.layer}`, entity] as const,
  );
  return [...new Map(named).values()];
}

/** They are listed by the search of their own. */
const NOTATION_SIGNATURE = 'a Notary Project signature';

/** What one search of the referrers does not read is no oddity where another one does. */
function commonOddities(first: readonly Oddity[], second: readonly Oddity[]): readonly Oddity[] {
  const inBoth = ({ source, message }: Oddity): boolean =>
    !source.startsWith('referrers of ') ||
    ([first, second].every((list) => list.some((other) => other.message === message)) &&
      !message.startsWith(NOTATION_SIGNATURE));
  return [...first, ...second].filter(inBoth);
}
