import type { Digest } from '#shared/base/digest.ts';
import {
  type ArtifactStore,
  OCI_EMPTY,
  OCI_MANIFEST,
  type SignedSubject,
} from '../signer/artifact-store.ts';
import type { MadeCertificate } from './certificate-maker.ts';
import {
  ENVELOPE_TYPES,
  type EnvelopeFormat,
  type NotationSignOptions,
  signNotation,
} from './notation-signer.ts';

const SIGNATURE_TYPE = 'application/vnd.cncf.notary.signature';

export interface PutNotationOptions extends NotationSignOptions {
  readonly format?: EnvelopeFormat;
  /** Repository that signatures are stored in; the image's own by default. */
  readonly storeIn?: string;
  /** notation 1.0 named the type in the config, later ones in the manifest. */
  readonly layout?: 'config-type' | 'artifact-type';
  /** Changes the finished envelope's bytes. */
  readonly alter?: (envelope: Buffer) => Buffer;
}

/** Signs an image as `notation sign` does: an envelope in a manifest that refers to the image. */
export function putNotation(
  store: ArtifactStore,
  subject: SignedSubject,
  chain: readonly MadeCertificate[],
  options: PutNotationOptions = {},
): Digest {
  const { format = 'jws', storeIn = subject.repository, layout = 'artifact-type' } = options;
  const { mediaType, digest, size } = subject;
  const target = { mediaType, digest, size };
  const envelope = signNotation(format, chain, { target, ...options });
  const blob = options.alter?.(envelope) ?? envelope;
  const isNew = layout === 'artifact-type';
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...(isNew ? { artifactType: SIGNATURE_TYPE } : {}),
    config: {
      mediaType: isNew ? OCI_EMPTY : SIGNATURE_TYPE,
      digest: store.putBlob(storeIn, Buffer.from('{}')),
      size: 2,
    },
    layers: [
      {
        mediaType: ENVELOPE_TYPES[format],
        digest: store.putBlob(storeIn, blob),
        size: blob.length,
      },
    ],
    subject: target,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return store.putManifest(storeIn, undefined, { bytes, mediaType: OCI_MANIFEST });
}

/**
 * Attaches an attestation as Kyverno reads them: an artifact of the type with one JSON layer, which is itself
 * to be signed. Gives the artifact to sign.
 */
export function putAttestation(
  store: ArtifactStore,
  subject: SignedSubject,
  { type, text }: { readonly type: string; readonly text: string },
): SignedSubject {
  const { repository, mediaType, digest, size } = subject;
  const blob = Buffer.from(text);
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: type,
    config: {
      mediaType: OCI_EMPTY,
      digest: store.putBlob(repository, Buffer.from('{}')),
      size: 2,
    },
    layers: [
      {
        mediaType: 'application/json',
        digest: store.putBlob(repository, blob),
        size: blob.length,
      },
    ],
    subject: { mediaType, digest, size },
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const stored = { bytes, mediaType: OCI_MANIFEST };
  return {
    ...subject,
    digest: store.putManifest(repository, undefined, stored),
    mediaType: OCI_MANIFEST,
    size: bytes.length,
  };
}
