import { repositoryName } from '../image/format-reference.ts';
import type { CallOptions } from '../registry/registry.ts';
import type { SignatureSearch } from './signature-search.ts';
import { type Findings, gather, mergeFindings } from './findings.ts';
import { discoverReferrers } from './discover-referrers.ts';
import { readSignatureLayer, signatureLayers } from './cosign-layers.ts';
import { usualPayloads } from './simple-signing.ts';
import type { DiscoveredSignatures } from './signed-entity.ts';

/** cosign allows 1000; a webhook has no time for more than a few dozen signatures of one image. */
const MAX_SIGNATURE_LAYERS = 64;

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
    discoverReferrers(search, { ...options, usualPayloads: payloads }),
  ]);
  return mergeFindings([tagged, referring]);
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
    const layers = signatureLayers(manifest, 'signature-tag', repository);
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
