import { sign } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { sha256Digest } from '#shared/base/digest.ts';
import type { Descriptor } from '#shared/registry/registry.ts';
import {
  type ArtifactStore,
  OCI_EMPTY,
  OCI_MANIFEST,
  type SignedSubject,
} from './artifact-store.ts';
import type { SignerKey } from './key-pair.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const IN_TOTO = 'application/vnd.in-toto+json';

/** What may differ from what cosign 3 writes by default. */
export interface BundleOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly predicateType?: string;
  readonly predicate?: unknown;
  readonly payloadType?: string;
  /** The digest that the statement is about. */
  readonly subjectDigest?: string;
  readonly storeIn?: string;
  /** Changes the bundle before it is stored, to make it wrong. */
  readonly tamper?: (bundle: Record<string, unknown>) => unknown;
}

/** The bundle that `cosign sign --key --tlog-upload=false` makes: a DSSE envelope around a sign statement. */
export function signatureBundle(
  subject: SignedSubject,
  key: SignerKey,
  options: BundleOptions = {},
): Record<string, unknown> {
  const sha256 = (options.subjectDigest ?? subject.digest).replace('sha256:', '');
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      {
        digest: { sha256 },
        ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
      },
    ],
    predicateType: options.predicateType ?? 'https://sigstore.dev/cosign/sign/v1',
    predicate: options.predicate ?? {},
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const payloadType = options.payloadType ?? IN_TOTO;
  const signature = sign(
    key.hash ?? null,
    dsse.preAuthEncoding(payloadType, payload),
    key.privateKey,
  );
  const hint = sha256Digest(key.publicKeyPem).replace('sha256:', '');
  return {
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint } },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: signature.toString('base64') }],
    },
  };
}

/** Stores a bundle as an OCI 1.1 referrer of the subject; gives the referrer's descriptor. */
export function signBundle(
  store: ArtifactStore,
  subject: SignedSubject,
  key: SignerKey,
  options: BundleOptions = {},
): Descriptor {
  const bundle = signatureBundle(subject, key, options);
  const repository = options.storeIn ?? subject.repository;
  const blob = Buffer.from(JSON.stringify(options.tamper?.(bundle) ?? bundle));
  const config = Buffer.from('{}');
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: BUNDLE,
    config: {
      mediaType: OCI_EMPTY,
      digest: store.putBlob(repository, config),
      size: config.length,
    },
    layers: [{ mediaType: BUNDLE, digest: store.putBlob(repository, blob), size: blob.length }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType':
        options.predicateType ?? 'https://sigstore.dev/cosign/sign/v1',
    },
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest = store.putManifest(repository, undefined, { bytes, mediaType: OCI_MANIFEST });
  return { mediaType: OCI_MANIFEST, digest, size: bytes.length };
}
