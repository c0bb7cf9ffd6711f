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

/** Stores artifacts where their signers would: all layers of a kind under the one tag for it. */
export function attach({ memory, subject }: Image, ...artifacts: readonly Artifact[]): void {
  for (const artifact of artifacts)
    if (artifact.kind === 'bundle') storeBundle(memory, subject, artifact);
  const layers = artifacts.flatMap((artifact) => (artifact.kind === 'layer' ? artifact.layer : []));
  const [attestations, signatures] = [true, false].map((wanted) =>
    layers.filter(({ mediaType }) => (mediaType === DSSE_ENVELOPE) === wanted),
  );
  if (signatures?.[0] !== undefined) storeSignatures(memory, subject, { layers: signatures });
  if (attestations?.[0] !== undefined) storeAttestations(memory, subject, { layers: attestations });
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
