import { Limiter } from '../base/limiter.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { CallOptions, Descriptor } from '../registry/registry.ts';
import { DSSE_MEDIA_TYPE, readAttestationLayer } from './cosign-attestation.ts';
import { type CosignLayer, cosignLayers } from './cosign-layers.ts';
import { discoverReferrers } from './discover-referrers.ts';
import { type Finding, type Findings, gather, mergeFindings } from './findings.ts';
import type { SignatureSearch } from './signature-search.ts';
import type { DiscoveredSignatures } from './signed-entity.ts';

/** As Kyverno: an SBOM of a large image has a few megabytes. */
const MAX_ATTESTATION_BYTES = 10 * 1024 * 1024;

/** All of one image's `.att` layers together; what the policy asks for is read first. */
const MAX_TOTAL_BYTES = 32 * 1024 * 1024;

const MAX_ATTESTATION_LAYERS = 64;

/** Large downloads side by side would hold all of them in memory. */
const CONCURRENT_LAYERS = 4;

/** cosign's experimental OCI 1.1 layouts of attestation layers. */
const ATTESTATION_ARTIFACTS: ReadonlySet<string> = new Set([
  'application/vnd.in-toto+json',
  'application/vnd.dev.cosign.artifact.att.v1+json',
  DSSE_MEDIA_TYPE,
]);

/**
 * Everything in the registry that may be an attestation about this digest: cosign's `.att` tag and the
 * referrers, looked for side by side; trouble is reported as {@link discoverSignatures} does.
 * @param options.predicateTypes what the policy asks for: read first, since the rest may be over a limit.
 */
export async function discoverAttestations(
  search: SignatureSearch,
  options: CallOptions & { readonly predicateTypes: ReadonlySet<string> },
): Promise<DiscoveredSignatures> {
  const comesFirst = ({ annotations = {} }: Descriptor): boolean =>
    [annotations['predicateType'], annotations['dev.sigstore.bundle.predicateType']].some(
      (type) => type !== undefined && options.predicateTypes.has(type),
    );
  const [tagged, referring] = await Promise.all([
    discoverAttestationTag(search, { ...options, comesFirst }),
    discoverReferrers(search, {
      ...options,
      usualPayloads: [],
      maxBytes: MAX_ATTESTATION_BYTES,
      withEnvelopes: true,
      artifactTypes: ATTESTATION_ARTIFACTS,
      comesFirst,
    }),
  ]);
  return mergeFindings([tagged, referring]);
}

type TagOptions = CallOptions & { readonly comesFirst: (descriptor: Descriptor) => boolean };

/** cosign's tag scheme: `sha256-<hex>.att` in the repository. */
async function discoverAttestationTag(
  search: SignatureSearch,
  options: TagOptions,
): Promise<Findings> {
  const { registry, repository, digest } = search;
  const tag = `${digest.replace(':', '-')}.att`;
  const where = `${repositoryName(repository)}:${tag}`;
  return gather(where, 'place', async () => {
    const manifest = await registry.manifestByTag(repository, tag, options);
    if (manifest === undefined) return [];
    if (manifest.kind !== 'image') return ['is an index, expected an attestation image'];
    const layers = cosignLayers(manifest, {
      place: 'attestation-tag',
      repository,
      mediaType: DSSE_MEDIA_TYPE,
    }).toSorted(
      (a, b) => Number(options.comesFirst(b.layer)) - Number(options.comesFirst(a.layer)),
    );
    const { taken, left } = withinLimits(layers);
    const limiter = new Limiter(CONCURRENT_LAYERS);
    const read = taken.map((layer) =>
      limiter.run(() =>
        gather(where, 'item', async () => [await readLayer(search, layer, options)]),
      ),
    );
    return [...(await Promise.all(read)), ...left];
  });
}

async function readLayer(
  { registry, repository }: SignatureSearch,
  { layer, source }: CosignLayer,
  { signal }: CallOptions,
): Promise<Finding> {
  const blob = await registry.blob(repository, layer, { signal, maxBytes: MAX_ATTESTATION_BYTES });
  return readAttestationLayer(blob, layer, source);
}

/** What is read of the layers, by the sizes that their manifest gives, and why the rest is not. */
function withinLimits(layers: readonly CosignLayer[]): {
  readonly taken: readonly CosignLayer[];
  readonly left: readonly string[];
} {
  const taken: CosignLayer[] = [];
  let total = 0;
  for (const layer of layers) {
    const { size } = layer.layer;
    if (size > MAX_ATTESTATION_BYTES || total + size > MAX_TOTAL_BYTES) continue;
    if (taken.length === MAX_ATTESTATION_LAYERS) break;
    taken.push(layer);
    total += size;
  }
  const count = layers.length - taken.length;
  const left = count === 0 ? [] : [`${count} attestations were not read: too many or too large`];
  return { taken, left };
}
