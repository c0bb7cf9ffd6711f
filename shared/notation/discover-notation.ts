import type { Digest } from '../base/digest.ts';
import { Limiter } from '../base/limiter.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { Repository } from '../image/reference.ts';
import type {
  CallOptions,
  Descriptor,
  ImageManifest,
  Referrers,
  Registry,
} from '../registry/registry.ts';
import { mergeFindings, oddity, searchPart } from './notation-findings.ts';
import type { NotationFindings, NotationSignature } from './notation-signature.ts';
import { isEnvelopeType, MAX_ENVELOPE_BYTES } from './verify-integrity.ts';

/** What is searched for signatures, and where. */
export interface NotationSearch {
  readonly registry: Registry;
  readonly repository: Repository;
  readonly digest: Digest;
}

/** Kyverno looks at 10, notation's command line at 100; each costs two fetches. */
const MAX_SIGNATURES = 32;

/** One artifact's referrers are opened side by side, without taking all of a registry's connections. */
const CONCURRENT_REFERRERS = 8;

const SIGNATURE_TYPE = 'application/vnd.cncf.notary.signature';

/** Types that say nothing, which registries and clients write into fallback indexes; the manifest tells. */
const UNTELLING_TYPES: ReadonlySet<string> = new Set([
  '',
  'application/vnd.oci.empty.v1+json',
  'application/vnd.oci.image.config.v1+json',
]);

/** Whether an artifact's own manifest says that it is of a type: newer ones by artifactType, older by config. */
export function isOfType({ artifactType = '', config }: ImageManifest, type: string): boolean {
  return (artifactType === '' ? config.mediaType : artifactType) === type;
}

/** Referrers that may be of a type; those that say so come first. */
export function referrersOfType({ descriptors }: Referrers, type: string): readonly Descriptor[] {
  const says = ({ artifactType = '' }: Descriptor): boolean => artifactType === type;
  return descriptors
    .filter((descriptor) => says(descriptor) || UNTELLING_TYPES.has(descriptor.artifactType ?? ''))
    .toSorted((a, b) => Number(says(b)) - Number(says(a)));
}

/**
 * The Notary Project signatures of a digest (signature-specification.md "Signature Discovery"). Never
 * throws for what the registry answers.
 */
export async function discoverNotation(
  search: NotationSearch,
  options: CallOptions,
): Promise<NotationFindings<NotationSignature>> {
  const where = `referrers of ${repositoryName(search.repository)}@${search.digest}`;
  return searchPart(where, async () => {
    const referrers = await search.registry.referrers(search.repository, search.digest, options);
    const candidates = referrersOfType(referrers, SIGNATURE_TYPE);
    const limiter = new Limiter(CONCURRENT_REFERRERS);
    const opened = candidates
      .slice(0, MAX_SIGNATURES)
      .map((descriptor) =>
        limiter.run(() => openSignature(descriptor, referrers.source, { search, options })),
      );
    const rest =
      candidates.length > MAX_SIGNATURES
        ? [
            oddity<NotationSignature>(
              where,
              `more than ${MAX_SIGNATURES} signatures; the rest was not read`,
            ),
          ]
        : [];
    return mergeFindings([...(await Promise.all(opened)), ...rest]);
  });
}

async function openSignature(
  descriptor: Descriptor,
  foundBy: Referrers['source'],
  { search, options }: { search: NotationSearch; options: CallOptions },
): Promise<NotationFindings<NotationSignature>> {
  const { registry, repository } = search;
  const name = repositoryName(repository);
  const where = `${name}@${descriptor.digest}`;
  return searchPart(where, async () => {
    const manifest = await registry.manifest(repository, descriptor.digest, options);
    if (manifest.kind !== 'image' || !isOfType(manifest, SIGNATURE_TYPE)) return mergeFindings([]);
    const [layer] = manifest.layers;
    if (layer === undefined || manifest.layers.length !== 1)
      return oddity(where, `signature has ${manifest.layers.length} layers, expected 1`);
    if (!isEnvelopeType(layer.mediaType))
      return oddity(where, `signature envelope "${layer.mediaType}" is not read here`);
    const envelope = await registry.blob(repository, layer, {
      ...options,
      maxBytes: MAX_ENVELOPE_BYTES,
    });
    const place = foundBy === 'fallback-tag' ? 'fallback-tag' : 'referrers-api';
    const source = { place, repository: name, manifestDigest: manifest.digest } as const;
    return {
      items: [{ envelopeType: layer.mediaType, envelope, source }],
      oddities: [],
      problems: [],
    };
  });
}
