import { sign } from 'node:crypto';
import type { Digest } from '#shared/base/digest.ts';
import { type ArtifactStore, OCI_MANIFEST, type SignedSubject } from './artifact-store.ts';
import type { SignerKey } from './key-pair.ts';

const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** What may differ from what cosign writes by default. */
export interface SimpleSigningOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  /** The digest that the payload names: another one makes a signature copied from elsewhere. */
  readonly payloadDigest?: string;
  readonly payloadType?: string;
  readonly hash?: string;
  /** Repository that signatures are stored in; the image's own by default. */
  readonly storeIn?: string;
  /** Further annotations of the layer, a Rekor bundle for example. */
  readonly layerAnnotations?: Readonly<Record<string, string>>;
}

interface Layer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Makes one layer of a cosign signature image (cosign SIGNATURE_SPEC) and stores its payload. */
export function simpleSigningLayer(
  store: ArtifactStore,
  subject: SignedSubject,
  { key, options }: { key: SignerKey; options: SimpleSigningOptions },
): Layer {
  const payload = simpleSigningPayload(subject, options);
  const signature = sign(
    key.hash === undefined ? null : (options.hash ?? key.hash),
    payload,
    key.privateKey,
  );
  return {
    mediaType: SIMPLE_SIGNING,
    digest: store.putBlob(options.storeIn ?? subject.repository, payload),
    size: payload.length,
    annotations: {
      'dev.cosignproject.cosign/signature': signature.toString('base64'),
      ...options.layerAnnotations,
    },
  };
}

/** The bytes that cosign signs in this format (SIGNATURE_SPEC "Payload"). */
export function simpleSigningPayload(
  subject: SignedSubject,
  options: SimpleSigningOptions = {},
): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': `${subject.host}/${subject.repository}` },
        image: { 'docker-manifest-digest': options.payloadDigest ?? subject.digest },
        type: options.payloadType ?? 'cosign container image signature',
      },
      optional: options.annotations ?? null,
    }),
  );
}

/** Stores a cosign signature image with these layers under the `.sig` tag. */
export function putSignatureImage(
  store: ArtifactStore,
  subject: SignedSubject,
  layers: readonly Layer[],
  storeIn: string = subject.repository,
): Digest {
  const config = Buffer.from(
    JSON.stringify({
      architecture: '',
      os: '',
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: store.putBlob(storeIn, config),
      size: config.length,
    },
    layers,
  };
  return store.putManifest(storeIn, `${subject.digest.replace(':', '-')}.sig`, {
    bytes: Buffer.from(JSON.stringify(manifest)),
    mediaType: OCI_MANIFEST,
  });
}

/** Signs as `cosign sign --key --new-bundle-format=false --tlog-upload=false` does. */
export function signSimple(
  store: ArtifactStore,
  subject: SignedSubject,
  key: SignerKey,
  options: SimpleSigningOptions = {},
): Digest {
  return putSignatureImage(
    store,
    subject,
    [simpleSigningLayer(store, subject, { key, options })],
    options.storeIn,
  );
}
