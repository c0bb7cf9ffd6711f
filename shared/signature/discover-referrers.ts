import type { Digest } from '../base/digest.ts';
import { Limiter } from '../base/limiter.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { CallOptions, Descriptor, Referrers } from '../registry/registry.ts';
import { type Findings, gather } from './findings.ts';
import { nameForeign, openReferrer, type ReferrerLimits } from './open-referrer.ts';
import type { SignatureSearch } from './signature-search.ts';
import { BUNDLE_MEDIA_TYPE_PREFIX } from './sigstore-bundle.ts';

/** Referrers that are opened; the ones that say they are wanted come first. */
const MAX_REFERRERS = 64;

/** One image's referrers are opened side by side, without taking all of a registry's connections. */
const CONCURRENT_REFERRERS = 8;

/**
 * Types that say nothing: cosign 3 writes the empty config's type into fallback indexes, and some
 * registries list the config's type instead of the artifact's. Only the manifest itself tells.
 */
const UNTELLING_TYPES: ReadonlySet<string> = new Set([
  '',
  'application/vnd.oci.empty.v1+json',
  'application/vnd.oci.image.config.v1+json',
]);

export interface ReferrerSearch extends CallOptions, ReferrerLimits {
  /** Types of artifact that are opened, bundles and untelling ones aside. */
  readonly artifactTypes: ReadonlySet<string>;
  /** Whether a descriptor claims to be what is looked for: decides the order only, anybody may write it. */
  readonly comesFirst: (descriptor: Descriptor) => boolean;
}

/** Signatures or attestations stored as OCI 1.1 referrers, or listed under the fallback tag. */
export async function discoverReferrers(
  search: SignatureSearch,
  options: ReferrerSearch,
): Promise<Findings> {
  const where = `referrers of ${repositoryName(search.repository)}@${search.digest}`;
  return gather(where, 'place', async () => {
    const referrers = await search.registry.referrers(search.repository, search.digest, options);
    const candidates = distinct(referrers.descriptors)
      .filter((descriptor) => mayBeWanted(descriptor, options))
      .toSorted((a, b) => Number(options.comesFirst(b)) - Number(options.comesFirst(a)));
    const place = referrers.source === 'fallback-tag' ? 'fallback-tag' : 'referrers-api';
    const limiter = new Limiter(CONCURRENT_REFERRERS);
    const opened = candidates
      .slice(0, MAX_REFERRERS)
      .map(({ digest }) => limiter.run(() => openReferrer(search, { digest, place }, options)));
    return [...(await Promise.all(opened)), ...notOpened(referrers, options, candidates.length)];
  });
}

/** The same referrer can stand in the API's answer and in a fallback index that was merged with it. */
function distinct(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  const known = new Map<Digest, Descriptor>();
  for (const descriptor of descriptors)
    if (!known.has(descriptor.digest)) known.set(descriptor.digest, descriptor);
  return [...known.values()];
}

function mayBeWanted(
  { artifactType = '' }: Descriptor,
  { artifactTypes }: ReferrerSearch,
): boolean {
  return (
    UNTELLING_TYPES.has(artifactType) ||
    artifactTypes.has(artifactType) ||
    artifactType.startsWith(BUNDLE_MEDIA_TYPE_PREFIX)
  );
}

function notOpened(
  referrers: Referrers,
  options: ReferrerSearch,
  candidates: number,
): readonly string[] {
  const others = new Set(
    referrers.descriptors
      .filter((descriptor) => !mayBeWanted(descriptor, options))
      .map(({ artifactType = '' }) => artifactType),
  );
  return [
    ...[...others].map(nameForeign),
    ...(candidates > MAX_REFERRERS
      ? [`more than ${MAX_REFERRERS} referrers; the rest was not read`]
      : []),
  ];
}
