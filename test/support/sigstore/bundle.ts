import { createHash } from 'node:crypto';
import type { Digest } from '#shared/base/digest.ts';
import type { LogEntryJson } from './logged-signature.ts';
import { HASH_ALGORITHM } from './rekor-v2-bodies.ts';
import type { Signer } from './signer.ts';
import { type SigningRequest, type Witnesses, witness } from './signing-request.ts';
import { type EnvelopeJson, type StatementOptions, signEnvelope, statement } from './statement.ts';

export type BundleVersion = '0.1' | '0.2' | '0.3';

const MEDIA_TYPES: Readonly<Record<BundleVersion, string>> = {
  '0.1': 'application/vnd.dev.sigstore.bundle+json;version=0.1',
  '0.2': 'application/vnd.dev.sigstore.bundle+json;version=0.2',
  '0.3': 'application/vnd.dev.sigstore.bundle.v0.3+json',
};

/** Protobuf JSON of a Sigstore bundle; mutable, so that tests can make it wrong. */
export interface BundleJson {
  mediaType: string;
  verificationMaterial: {
    publicKey?: { hint: string };
    certificate?: { rawBytes: string };
    x509CertificateChain?: { certificates: { rawBytes: string }[] };
    tlogEntries?: LogEntryJson[];
    timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
  };
  dsseEnvelope?: EnvelopeJson;
  messageSignature?: {
    messageDigest: { algorithm: string; digest: string };
    signature: string;
  };
}

export interface BundleRequest extends SigningRequest {
  readonly version?: BundleVersion;
  /** Puts the signer's chain beside its certificate: v0.1 and v0.2, and cosign with a private CA. */
  readonly withChain?: boolean;
}

/** A bundle around a statement: cosign's signature by default, any attestation by its options. */
export function statementBundle(
  digest: Digest,
  request: BundleRequest,
  options: StatementOptions = {},
): BundleJson {
  return envelopeBundle(statement(digest, options), request, options.payloadType);
}

/** A bundle around any DSSE payload. */
export function envelopeBundle(
  payload: Buffer,
  request: BundleRequest,
  payloadType?: string,
): BundleJson {
  const { signer } = request;
  const signed = signEnvelope(payload, signer, payloadType);
  const { json, bytes, signature, signedBytes } = signed;
  const envelope = { payload, payloadType: json.payloadType, json: bytes };
  const witnesses = witness({ signer, signature, signedBytes, envelope }, request);
  return { ...wrap(request, witnesses), dsseEnvelope: json };
}

/** A bundle with a signature over bytes, of which it holds only the digest. */
export function messageBundle(artifact: Buffer, request: BundleRequest): BundleJson {
  const { signer } = request;
  const { hash = 'sha256' } = signer.key;
  const signature = signer.key.sign(artifact);
  const signed = { signer, signature, signedBytes: artifact, envelope: undefined };
  const messageDigest = {
    algorithm: HASH_ALGORITHM[hash],
    digest: createHash(hash).update(artifact).digest('base64'),
  };
  return {
    ...wrap(request, witness(signed, request)),
    messageSignature: { messageDigest, signature: signature.toString('base64') },
  };
}

function wrap(request: BundleRequest, { logEntries, timestamps }: Witnesses): BundleJson {
  const version = request.version ?? '0.3';
  const withChain = request.withChain ?? version !== '0.3';
  const rfc3161Timestamps = timestamps.map((token) => ({
    signedTimestamp: token.toString('base64'),
  }));
  return {
    mediaType: MEDIA_TYPES[version],
    verificationMaterial: {
      ...signerJson(request.signer, withChain),
      ...(logEntries.length === 0 ? {} : { tlogEntries: [...logEntries] }),
      ...(timestamps.length === 0 ? {} : { timestampVerificationData: { rfc3161Timestamps } }),
    },
  };
}

function signerJson(
  signer: Signer,
  withChain: boolean,
): Partial<BundleJson['verificationMaterial']> {
  if (signer.kind === 'key') {
    const hint = createHash('sha256').update(signer.key.spki).digest('base64');
    return { publicKey: { hint } };
  }
  const raw = (der: Buffer): { rawBytes: string } => ({ rawBytes: der.toString('base64') });
  if (!withChain) return { certificate: raw(signer.certificate) };
  // Chains in bundles go without the root (sigstore_bundle.proto).
  const certificates = [signer.certificate, ...signer.chain.slice(0, -1)].map(raw);
  return { x509CertificateChain: { certificates } };
}
