import type { Digest } from '#shared/base/digest.ts';
import type { Descriptor } from '#shared/registry/registry.ts';
import {
  type ArtifactStore,
  OCI_EMPTY,
  OCI_MANIFEST,
  type SignedSubject,
} from '../signer/artifact-store.ts';
import type { BundleJson } from './bundle.ts';
import { DSSE_ENVELOPE, type LegacyLayer } from './legacy-layer.ts';

const BUNDLE_V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** What says that a layer is a bundle, whatever the bundle itself says. */
const BUNDLE_PREFIX = 'application/vnd.dev.sigstore.bundle';
const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json';

export interface StoreOptions {
  /** Repository to store in; the subject's own by default. */
  readonly storeIn?: string;
}

export interface StoreBundleOptions extends StoreOptions {
  /** Hints on the manifest; cosign's for a signature by default. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Stores a bundle as an OCI 1.1 referrer, as cosign 3 and GitHub's attest action do. */
export function storeBundle(
  store: ArtifactStore,
  subject: SignedSubject,
  { bundle, options = {} }: { bundle: BundleJson | Buffer; options?: StoreBundleOptions },
): Digest {
  const repository = options.storeIn ?? subject.repository;
  const blob = Buffer.isBuffer(bundle) ? bundle : Buffer.from(JSON.stringify(bundle));
  const { mediaType: said = BUNDLE_V03 }: Partial<BundleJson> = Buffer.isBuffer(bundle)
    ? {}
    : bundle;
  const artifactType = said.startsWith(BUNDLE_PREFIX) ? said : BUNDLE_V03;
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: describe(store, repository, { blob: Buffer.from('{}'), mediaType: OCI_EMPTY }),
    layers: [describe(store, repository, { blob, mediaType: artifactType })],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations: options.annotations ?? {},
  };
  return putJson(store, repository, { manifest });
}

/** Stores `.sig` layers under the tag, as `cosign sign` does. */
export function storeSignatures(
  store: ArtifactStore,
  subject: SignedSubject,
  { layers, options = {} }: { layers: readonly LegacyLayer[]; options?: StoreOptions },
): Digest {
  return storeLayers(store, options.storeIn ?? subject.repository, {
    layers,
    tag: `${subject.digest.replace(':', '-')}.sig`,
  });
}

/** Stores `.att` layers under the tag, as `cosign attest` does. */
export function storeAttestations(
  store: ArtifactStore,
  subject: SignedSubject,
  { layers, options = {} }: { layers: readonly LegacyLayer[]; options?: StoreOptions },
): Digest {
  return storeLayers(store, options.storeIn ?? subject.repository, {
    layers,
    tag: `${subject.digest.replace(':', '-')}.att`,
  });
}

/** Stores legacy layers as a referrer: cosign's `COSIGN_EXPERIMENTAL` OCI 1.1 mode. */
export function storeLegacyReferrer(
  store: ArtifactStore,
  subject: SignedSubject,
  { layers, options = {} }: { layers: readonly LegacyLayer[]; options?: StoreOptions },
): Digest {
  const repository = options.storeIn ?? subject.repository;
  const isAttestation = layers.some(({ mediaType }) => mediaType === DSSE_ENVELOPE);
  const artifactType = isAttestation
    ? 'application/vnd.in-toto+json'
    : 'application/vnd.dev.cosign.artifact.sig.v1+json';
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: describe(store, repository, { blob: Buffer.from('{}'), mediaType: artifactType }),
    layers: layers.map((layer) => describe(store, repository, layer)),
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
  };
  return putJson(store, repository, { manifest });
}

function storeLayers(
  store: ArtifactStore,
  repository: string,
  { layers, tag }: { layers: readonly LegacyLayer[]; tag: string },
): Digest {
  const descriptors = layers.map((layer) => describe(store, repository, layer));
  const diffIds = descriptors.map(({ digest }) => digest);
  const config = { architecture: '', os: '', rootfs: { type: 'layers', diff_ids: diffIds } };
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describe(store, repository, {
      blob: Buffer.from(JSON.stringify(config)),
      mediaType: IMAGE_CONFIG,
    }),
    layers: descriptors,
  };
  return putJson(store, repository, { manifest, tag });
}

interface Content {
  readonly blob: Buffer;
  readonly mediaType: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function describe(
  store: ArtifactStore,
  repository: string,
  { blob, mediaType, annotations }: Content,
): Descriptor {
  const digest = store.putBlob(repository, blob);
  const marks = annotations === undefined ? {} : { annotations };
  return { mediaType, digest, size: blob.length, ...marks };
}

function putJson(
  store: ArtifactStore,
  repository: string,
  { manifest, tag }: { manifest: unknown; tag?: string },
): Digest {
  const bytes = Buffer.from(JSON.stringify(manifest));
  return store.putManifest(repository, tag, { bytes, mediaType: OCI_MANIFEST });
}
