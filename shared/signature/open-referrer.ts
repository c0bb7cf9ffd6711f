import type { Digest } from '../base/digest.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { CallOptions, Descriptor, ImageManifest } from '../registry/registry.ts';
import { RegistryError } from '../registry/registry-error.ts';
import { DSSE_MEDIA_TYPE, readAttestationLayer } from './cosign-attestation.ts';
import { cosignLayers, readSignatureLayer } from './cosign-layers.ts';
import { type Finding, type Findings, gather } from './findings.ts';
import type { SignatureSearch } from './signature-search.ts';
import type { SignatureSource, SignedDigest } from './signed-entity.ts';
import { BUNDLE_MEDIA_TYPE_PREFIX, readLongBundle } from './sigstore-bundle.ts';

export interface ReferrerLimits {
  /** Largest bundle or envelope that is read; a larger one is reported, not fetched. */
  readonly maxBytes: number;
  /** Simple-signing payloads whose bytes are known without a fetch. */
  readonly usualPayloads: readonly string[];
  /** Whether bare DSSE envelopes are read: they are attestations, never signatures. */
  readonly withEnvelopes: boolean;
}

/** cosign writes one signature into each referrer. */
const MAX_LAYERS = 16;

type OpenOptions = CallOptions & ReferrerLimits;

interface Referrer {
  readonly digest: Digest;
  readonly place: SignatureSource['place'];
}

/** Signatures that are found, but are not Sigstore's. */
const FOREIGN_SIGNATURES: ReadonlyMap<string, string> = new Map([
  [
    'application/vnd.cncf.notary.signature',
    'a Notary Project signature, which keys and identities of Sigstore do not vouch for',
  ],
]);

/** What to call an artifact of a type that is not read here (MUST-NOT-HAPPEN 33). */
export function nameForeign(type: string): string {
  return (
    FOREIGN_SIGNATURES.get(type) ?? `artifact of type "${type}" is not a format that is read here`
  );
}

/** Reads one referrer, whatever of the known formats it is: its manifest tells, not its descriptor. */
export async function openReferrer(
  search: SignatureSearch,
  { digest, place }: Referrer,
  options: OpenOptions,
): Promise<Findings> {
  const { registry, repository } = search;
  const where = `${repositoryName(repository)}@${digest}`;
  return gather(where, 'item', async () => {
    const manifest = await registry.manifest(repository, digest, options);
    if (manifest.kind !== 'image') return ['is an index, expected a signature'];
    const type = manifest.artifactType ?? manifest.config.mediaType;
    if (FOREIGN_SIGNATURES.has(type)) return [nameForeign(type)];
    const layers = cosignLayers(manifest, { place, repository });
    const signatures = layers
      .slice(0, MAX_LAYERS)
      .map((layer) =>
        gather(where, 'item', async () => [
          await readSignatureLayer(layer, { registry, repository, ...options }),
        ]),
      );
    return [
      ...(await Promise.all(signatures)),
      ...(await readEnvelopes(search, { manifest, place }, options)),
      ...(await readBundleLayer(search, { manifest, place }, options)),
    ];
  });
}

interface Opened {
  readonly manifest: ImageManifest;
  readonly place: SignatureSource['place'];
}

/** cosign can write attestation layers into referrers instead of the `.att` tag. */
async function readEnvelopes(
  { registry, repository }: SignatureSearch,
  { manifest, place }: Opened,
  options: OpenOptions,
): Promise<readonly Finding[]> {
  if (!options.withEnvelopes) return [];
  const layers = cosignLayers(manifest, { place, repository, mediaType: DSSE_MEDIA_TYPE });
  const read = layers.slice(0, MAX_LAYERS).map(async ({ layer, source }): Promise<Finding> => {
    if (layer.size > options.maxBytes) return tooLarge(layer, options);
    return readAttestationLayer(await registry.blob(repository, layer, options), layer, source);
  });
  return Promise.all(read);
}

/** A bundle referrer has exactly one layer, the bundle (cosign bundle specification). */
async function readBundleLayer(
  search: SignatureSearch,
  { manifest, place }: Opened,
  options: OpenOptions,
): Promise<readonly Finding[]> {
  const [layer] = manifest.layers;
  if (layer === undefined || !layer.mediaType.startsWith(BUNDLE_MEDIA_TYPE_PREFIX)) return [];
  if (manifest.layers.length !== 1)
    return [`bundle artifact has ${manifest.layers.length} layers, expected 1`];
  if (layer.size > options.maxBytes) return [tooLarge(layer, options)];
  const { registry, repository } = search;
  const blob = await registry.blob(repository, layer, options);
  const source = {
    place,
    repository: repositoryName(repository),
    manifestDigest: manifest.digest,
    layer: 0,
  };
  const entity = await readLongBundle(blob, source);
  if (typeof entity === 'string' || entity.kind !== 'digest') return [entity];
  return [await withArtifact(entity, search, options)];
}

function tooLarge({ size }: Descriptor, { maxBytes }: OpenOptions): string {
  return `has ${size} bytes, which is not read here (at most ${maxBytes})`;
}

/**
 * Most hash choices need the signed manifest itself. Where it cannot be had the entity stays as it is:
 * SHA-256 signatures are checked against the digest.
 */
async function withArtifact(
  entity: SignedDigest,
  { registry, imageRepository, digest }: SignatureSearch,
  options: CallOptions,
): Promise<SignedDigest> {
  try {
    const { bytes } = await registry.manifest(imageRepository, digest, options);
    return { ...entity, artifact: bytes };
  } catch (error) {
    if (error instanceof RegistryError) return entity;
    throw error;
  }
}
