import { repositoryName } from '../image/format-reference.ts';
import type { CallOptions, Descriptor } from '../registry/registry.ts';
import { cosignLayers, readSignatureLayer } from './cosign-layers.ts';
import { discoverReferrers } from './discover-referrers.ts';
import { type Findings, gather, mergeFindings } from './findings.ts';
import { COSIGN_SIGN_PREDICATE } from './in-toto-statement.ts';
import type { SignatureSearch } from './signature-search.ts';
import type { DiscoveredSignatures } from './signed-entity.ts';
import { usualPayloads } from './simple-signing.ts';

/** cosign allows 1000; a webhook has no time for more than a few dozen signatures of one image. */
const MAX_SIGNATURE_LAYERS = 64;

/**
 * A signature bundle with chain, log entries and timestamps is below 20 kB; what is larger is an
 * attestation. Parsing this much takes a few milliseconds.
 */
const MAX_SIGNATURE_BYTES = 256 * 1024;

/** cosign's experimental OCI 1.1 layout: legacy layers in a referrer. */
const COSIGN_SIGNATURE_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';

/**
 * Everything in the registry that may be a signature of this digest: cosign's `.sig` tag and the
 * referrers, looked for side by side. Never throws for what the registry answers: trouble is reported as
 * `problems`, so that one failing place cannot hide a good signature in another (MUST-NOT-HAPPEN 26).
 */
export async function discoverSignatures(
  search: SignatureSearch,
  options: CallOptions,
): Promise<DiscoveredSignatures> {
  const payloads = usualPayloads(search.imageRepository, search.digest);
  const [tagged, referring] = await Promise.all([
    discoverSignatureTag(search, { ...options, usualPayloads: payloads }),
    discoverReferrers(search, {
      ...options,
      usualPayloads: payloads,
      maxBytes: MAX_SIGNATURE_BYTES,
      withEnvelopes: false,
      artifactTypes: new Set([COSIGN_SIGNATURE_ARTIFACT]),
      comesFirst: saysSignature,
    }),
  ]);
  return mergeFindings([tagged, referring]);
}

function saysSignature({ annotations, artifactType }: Descriptor): boolean {
  return (
    artifactType === COSIGN_SIGNATURE_ARTIFACT ||
    annotations?.['dev.sigstore.bundle.predicateType'] === COSIGN_SIGN_PREDICATE ||
    annotations?.['dev.sigstore.bundle.content'] === 'message-signature'
  );
}

/** cosign's tag scheme: `sha256-<hex>.sig` in the repository (SIGNATURE_SPEC "Tag-based Discovery"). */
async function discoverSignatureTag(
  { registry, repository, digest }: SignatureSearch,
  options: CallOptions & { readonly usualPayloads: readonly string[] },
): Promise<Findings> {
  const tag = `${digest.replace(':', '-')}.sig`;
  const where = `${repositoryName(repository)}:${tag}`;
  return gather(where, 'place', async () => {
    const manifest = await registry.manifestByTag(repository, tag, options);
    if (manifest === undefined) return [];
    if (manifest.kind !== 'image') return [`is an index, expected a signature image`];
    const layers = cosignLayers(manifest, { place: 'signature-tag', repository });
    const read = layers
      .slice(0, MAX_SIGNATURE_LAYERS)
      .map((layer) =>
        gather(where, 'item', async () => [
          await readSignatureLayer(layer, { registry, repository, ...options }),
        ]),
      );
    const skipped =
      layers.length > MAX_SIGNATURE_LAYERS
        ? [`has more than ${MAX_SIGNATURE_LAYERS} signatures; the rest was not read`]
        : [];
    return [...(await Promise.all(read)), ...skipped];
  });
}
