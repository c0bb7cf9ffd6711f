import { sha256Digest, type Digest } from '#shared/base/digest.ts';
import { decodeBase64 } from '#shared/base/base64.ts';
import { readBundle } from '#shared/signature/sigstore-bundle.ts';
import type {
  SignatureSource,
  SignedEnvelope,
  SignedMessage,
} from '#shared/signature/signed-entity.ts';
import type { ArtifactStore, SignedSubject } from './artifact-store.ts';
import type { SignerKey } from './key-pair.ts';
import { type BundleOptions, signatureBundle } from './sign-bundle.ts';
import { type SimpleSigningOptions, simpleSigningLayer } from './sign-simple.ts';

const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** A subject for tests that need no registry. */
export function subjectOf(content: string): SignedSubject {
  return {
    host: 'registry.test',
    repository: 'acme/app',
    digest: sha256Digest(content),
    mediaType: MEDIA_TYPE,
    size: content.length,
  };
}

const SOURCE: SignatureSource = {
  place: 'signature-tag',
  repository: 'registry.test/acme/app',
  manifestDigest: sha256Digest('manifest'),
  layer: 0,
};

/** A signed message as the registry would give it, without a registry. */
export function simpleEntity(
  subject: SignedSubject,
  key: SignerKey,
  options: SimpleSigningOptions = {},
): SignedMessage {
  let payload: Buffer = Buffer.alloc(0);
  const store: ArtifactStore = {
    putBlob: (_repository, bytes): Digest => {
      payload = bytes;
      return sha256Digest(bytes);
    },
    putManifest: (_repository, _tag, { bytes }) => sha256Digest(bytes),
  };
  const { annotations } = simpleSigningLayer(store, subject, { key, options });
  const signature =
    decodeBase64(annotations['dev.cosignproject.cosign/signature'] ?? '') ?? Buffer.alloc(0);
  return {
    kind: 'message',
    format: 'cosign-simple-signing',
    source: SOURCE,
    signer: { kind: 'public-key', hint: undefined },
    time: { logEntries: [], timestamps: [], unreadable: [] },
    signature,
    payload,
  };
}

/** A bundle as the registry would give it, without a registry. */
export function bundleEntity(
  subject: SignedSubject,
  key: SignerKey,
  options: BundleOptions = {},
): SignedEnvelope {
  const bundle = signatureBundle(subject, key, options);
  const read = readBundle(Buffer.from(JSON.stringify(options.tamper?.(bundle) ?? bundle)), {
    ...SOURCE,
    place: 'referrers-api',
  });
  if (typeof read === 'string') throw new TypeError(read);
  if (read.kind !== 'dsse') throw new TypeError('not an envelope');
  return read;
}
