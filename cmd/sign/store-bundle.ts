import { withDigest } from '#shared/image/format-reference.ts';
import type { ImageReference } from '#shared/image/reference.ts';
import type { Descriptor, Registry } from '#shared/registry/registry.ts';
import type { RegistryWriter } from '#shared/registry/registry-writer.ts';
import { BUNDLE_MEDIA_TYPE } from './make-bundle.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';

/** The image that is signed: its digest was read and its manifest is there. */
export interface SigningSubject {
  readonly reference: ImageReference;
  readonly descriptor: Descriptor;
}

/**
 * Finds what a signature will be about: the digest behind the reference, whose manifest must be readable.
 * @throws {RegistryError}
 */
export async function findSubject(
  registry: Registry,
  reference: ImageReference,
): Promise<SigningSubject> {
  // A digest is asked for like a tag: the answer tells size and type, which the subject's descriptor needs.
  const wanted = reference.digest ?? reference.tag ?? 'latest';
  const found = await registry.resolveTag(reference, wanted);
  // What the registry says of a tag is only a claim until the bytes were hashed.
  const { digest, mediaType } = await registry.manifest(
    reference,
    reference.digest ?? found.digest,
  );
  const descriptor = { mediaType, digest, size: found.size };
  return { reference: withDigest(reference, digest), descriptor };
}

/** Stores a bundle as a referrer of the image (cosign bundle specification). */
export async function storeBundle(
  writer: RegistryWriter,
  { reference, descriptor }: SigningSubject,
  { bundle, predicateType }: { readonly bundle: Buffer; readonly predicateType: string },
): Promise<Descriptor> {
  const config = await writer.putBlob(reference, { mediaType: EMPTY, bytes: Buffer.from('{}') });
  const layer = await writer.putBlob(reference, { mediaType: BUNDLE_MEDIA_TYPE, bytes: bundle });
  const annotations = {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': predicateType,
    'org.opencontainers.image.created': new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: BUNDLE_MEDIA_TYPE,
    config,
    layers: [layer],
    subject: descriptor,
    annotations,
  };
  return await writer.putReferrer(reference, {
    mediaType: MANIFEST,
    bytes: Buffer.from(JSON.stringify(manifest)),
    subject: descriptor.digest,
    artifactType: BUNDLE_MEDIA_TYPE,
    annotations,
  });
}
