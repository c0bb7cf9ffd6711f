import { repositoryName } from '../image/format-reference.ts';
import type { CallOptions } from '../registry/registry.ts';
import { type Findings, gather } from './findings.ts';
import type { SignatureSearch } from './signature-search.ts';

/**
 * cosign's `sha256-<hex>.sbom` tag (`cosign attach sbom`): a document that nobody signed. It proves nothing,
 * so it is found for one purpose only: to say so to whoever expects it to.
 */
export async function discoverSbom(
  { registry, repository, digest }: SignatureSearch,
  options: CallOptions,
): Promise<Findings> {
  const tag = `${digest.replace(':', '-')}.sbom`;
  return gather(`${repositoryName(repository)}:${tag}`, 'place', async () => {
    const manifest = await registry.manifestByTag(repository, tag, options);
    if (manifest === undefined) return [];
    const types =
      manifest.kind === 'image' ? manifest.layers.map(({ mediaType }) => mediaType) : [];
    const what = types.length === 0 ? 'no document' : types.join(', ');
    return [`an SBOM that is attached but not signed (${what}); cosign attest signs one`];
  });
}
