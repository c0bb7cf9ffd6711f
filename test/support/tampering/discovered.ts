import { discoverAttestations } from '#shared/signature/discover-attestations.ts';
import { discoverSignatures } from '#shared/signature/discover-signatures.ts';
import type { SignatureSearch } from '#shared/signature/signature-search.ts';
import type { DiscoveredSignatures, SignedEntity } from '#shared/signature/signed-entity.ts';
import type { SignedSubject } from '../signer/artifact-store.ts';
import { type MemoryRegistry, createMemoryRegistry } from '../signer/memory-registry.ts';
import type { BundleJson } from '../sigstore/bundle.ts';
import { DSSE_ENVELOPE, type LegacyLayer } from '../sigstore/legacy-layer.ts';
import { storeAttestations, storeBundle, storeSignatures } from '../sigstore/store-signature.ts';

/** Something signed, before it is stored. */
export type Artifact =
  | { readonly kind: 'bundle'; readonly bundle: BundleJson }
  | { readonly kind: 'layer'; readonly layer: LegacyLayer };

/** An image in a registry of its own, to which artifacts are attached. */
export interface Image {
  readonly memory: MemoryRegistry;
  readonly subject: SignedSubject;
}

export function createImage(content = 'image'): Image {
  const memory = createMemoryRegistry();
  return { memory, subject: memory.putImage('acme/app', content) };
}

/** Stores an artifact where its signer would. */
export function attach({ memory, subject }: Image, artifact: Artifact): void {
  if (artifact.kind === 'bundle') storeBundle(memory, subject, artifact);
  else if (artifact.layer.mediaType === DSSE_ENVELOPE)
    storeAttestations(memory, subject, { layers: [artifact.layer] });
  else storeSignatures(memory, subject, { layers: [artifact.layer] });
}

/** What the product finds at an image. */
export async function discover(
  { memory, subject }: Image,
  what: 'signatures' | 'attestations',
): Promise<DiscoveredSignatures> {
  const repository = memory.repository(subject.repository);
  const { digest } = subject;
  const { registry } = memory;
  const search: SignatureSearch = { registry, repository, imageRepository: repository, digest };
  return what === 'signatures'
    ? discoverSignatures(search, {})
    : discoverAttestations(search, { predicateTypes: new Set() });
}

/** The one entity that is read from an artifact, or why there is none. */
export async function entityOf(
  content: string,
  artifact: Artifact,
): Promise<SignedEntity | string> {
  const image = createImage(content);
  attach(image, artifact);
  const isLayer = artifact.kind === 'layer' && artifact.layer.mediaType === DSSE_ENVELOPE;
  const { entities, oddities } = await discover(image, isLayer ? 'attestations' : 'signatures');
  return entities[0] ?? oddities.map(({ message }) => message).join('; ');
}
