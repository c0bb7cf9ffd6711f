import { Limiter } from '../base/limiter.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { CallOptions, Descriptor, ImageManifest, Referrers } from '../registry/registry.ts';
import { readSignatureLayer, signatureLayers } from './cosign-layers.ts';
import type { SignatureSearch } from './signature-search.ts';
import { type Finding, type Findings, gather } from './findings.ts';
import { BUNDLE_MEDIA_TYPE_PREFIX, readBundle } from './sigstore-bundle.ts';
import { COSIGN_SIGN_PREDICATE } from './in-toto-statement.ts';
import type { SignatureSource } from './signed-entity.ts';

/** Referrers that are opened; the ones that say they are signatures come first. */
const MAX_REFERRERS = 64;

/** One image's referrers are opened side by side, without taking all of a registry's connections. */
const CONCURRENT_REFERRERS = 8;

/** A signature bundle with certificate, log entry and timestamps is below 20 kB; attestations are larger. */
const MAX_BUNDLE_BYTES = 1024 * 1024;

/** cosign's experimental OCI 1.1 layout: legacy layers in a referrer. */
const COSIGN_SIGNATURE_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';

/**
 * Types that say nothing: cosign 3 writes the empty config's type into fallback indexes, and some
 * registries list the config's type instead of the artifact's. Only the manifest itself tells.
 */
const UNTELLING_TYPES: ReadonlySet<string> = new Set([
  '',
  'application/vnd.oci.empty.v1+json',
  'application/vnd.oci.image.config.v1+json',
]);

type ReferrerOptions = CallOptions & { readonly usualPayloads: readonly string[] };

/** Signatures stored as OCI 1.1 referrers, or listed under the fallback tag. */
export async function discoverReferrers(
  search: SignatureSearch,
  options: ReferrerOptions,
): Promise<Findings> {
  const where = `referrers of ${repositoryName(search.repository)}@${search.digest}`;
  return gather(where, 'place', async () => {
    const referrers = await search.registry.referrers(search.repository, search.digest, options);
    const candidates = referrers.descriptors.filter(mayBeSignature).toSorted(signaturesFirst);
    const limiter = new Limiter(CONCURRENT_REFERRERS);
    const opened = candidates
      .slice(0, MAX_REFERRERS)
      .map((descriptor) =>
        limiter.run(() => openReferrer(descriptor, referrers, { search, options })),
      );
    return [...(await Promise.all(opened)), ...notOpened(referrers, candidates)];
  });
}

function mayBeSignature({ artifactType = '' }: Descriptor): boolean {
  return (
    UNTELLING_TYPES.has(artifactType) ||
    artifactType === COSIGN_SIGNATURE_ARTIFACT ||
    artifactType.startsWith(BUNDLE_MEDIA_TYPE_PREFIX)
  );
}

/** Annotations are hints anybody may write: they decide the order only. */
function signaturesFirst(a: Descriptor, b: Descriptor): number {
  return Number(saysSignature(b)) - Number(saysSignature(a));
}

function saysSignature({ annotations, artifactType }: Descriptor): boolean {
  return (
    artifactType === COSIGN_SIGNATURE_ARTIFACT ||
    annotations?.['dev.sigstore.bundle.predicateType'] === COSIGN_SIGN_PREDICATE
  );
}

function notOpened(referrers: Referrers, candidates: readonly Descriptor[]): readonly string[] {
  const others = new Set(
    referrers.descriptors
      .filter((descriptor) => !mayBeSignature(descriptor))
      .map(({ artifactType = '' }) => artifactType),
  );
  return [
    ...[...others].map(
      (type) => `artifact of type "${type}" is not a signature format that is read here`,
    ),
    ...(candidates.length > MAX_REFERRERS
      ? [`more than ${MAX_REFERRERS} referrers; the rest was not read`]
      : []),
  ];
}

async function openReferrer(
  descriptor: Descriptor,
  { source }: Referrers,
  { search, options }: { search: SignatureSearch; options: ReferrerOptions },
): Promise<Findings> {
  const place = source === 'fallback-tag' ? 'fallback-tag' : 'referrers-api';
  const where = `${repositoryName(search.repository)}@${descriptor.digest}`;
  return gather(where, 'item', async () => {
    const manifest = await search.registry.manifest(search.repository, descriptor.digest, options);
    if (manifest.kind !== 'image') return ['is an index, expected a signature'];
    const layers = signatureLayers(manifest, place, search.repository);
    const { registry, repository } = search;
    const read = layers.map((layer) =>
      readSignatureLayer(layer, { registry, repository, ...options }),
    );
    return [
      ...(await Promise.all(read)),
      ...(await readBundleLayer(manifest, place, { search, options })),
    ];
  });
}

/** A bundle referrer has exactly one layer, the bundle (cosign bundle specification). */
async function readBundleLayer(
  manifest: ImageManifest,
  place: SignatureSource['place'],
  { search, options }: { search: SignatureSearch; options: ReferrerOptions },
): Promise<readonly Finding[]> {
  const [layer] = manifest.layers;
  if (layer === undefined || !layer.mediaType.startsWith(BUNDLE_MEDIA_TYPE_PREFIX)) return [];
  if (manifest.layers.length !== 1)
    return [`bundle artifact has ${manifest.layers.length} layers, expected 1`];
  const blob = await search.registry.blob(search.repository, layer, {
    ...options,
    maxBytes: MAX_BUNDLE_BYTES,
  });
  const source = {
    place,
    repository: repositoryName(search.repository),
    manifestDigest: manifest.digest,
    layer: 0,
  };
  return [readBundle(blob, source)];
}
