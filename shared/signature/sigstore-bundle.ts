import { Bundle } from '@sigstore/protobuf-specs';
import { messageOf } from '../base/coded-error.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import type {
  SignatureSource,
  SignedEnvelope,
  SignerClaim,
  SigningTimeClaims,
} from './signed-entity.ts';

/** Prefix of all bundle media types and of the `artifactType` of bundle referrers. */
export const BUNDLE_MEDIA_TYPE_PREFIX = 'application/vnd.dev.sigstore.bundle';

/** v0.1 and v0.2 carry the version as a parameter, v0.3 in the name or, early on, as a parameter too. */
const BUNDLE_MEDIA_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.dev.sigstore.bundle.v0.3+json',
]);

/** sigstore-go's caps (GHSA-cq38-jh5f-37mq): more are an attempt to keep the verifier busy. */
const MAX_LOG_ENTRIES = 32;
const MAX_TIMESTAMPS = 32;

/**
 * Reads a Sigstore bundle whose content is a DSSE envelope, what cosign 3 writes by default.
 * @returns the reason as a string where it is no bundle that can be read.
 */
export function readBundle(json: Buffer, source: SignatureSource): SignedEnvelope | string {
  let bundle: Bundle;
  try {
    bundle = Bundle.fromJSON(parseStrictJson(json.toString('utf8')));
  } catch (error) {
    return `bundle cannot be read: ${messageOf(error)}`;
  }
  if (!BUNDLE_MEDIA_TYPES.has(bundle.mediaType))
    return `bundle media type "${bundle.mediaType}" is not known`;
  const signer = readSigner(bundle.verificationMaterial);
  if (signer === undefined) return 'bundle names neither a public key nor a certificate';
  const time = readTime(bundle.verificationMaterial);
  if (typeof time === 'string') return time;
  if (bundle.content?.$case !== 'dsseEnvelope')
    return 'bundle holds a message signature, not a signed statement';
  const { signatures, payloadType, payload } = bundle.content.dsseEnvelope;
  const [signature] = signatures;
  if (signature === undefined || signatures.length !== 1) {
    return `envelope has ${signatures.length} signatures, expected exactly 1`;
  }
  return {
    kind: 'dsse',
    format: 'sigstore-bundle',
    source,
    signer,
    time,
    signature: signature.sig,
    payloadType,
    payload,
  };
}

function readTime(material: Bundle['verificationMaterial']): SigningTimeClaims | string {
  const logEntries = material?.tlogEntries ?? [];
  const timestamps = material?.timestampVerificationData?.rfc3161Timestamps ?? [];
  if (logEntries.length > MAX_LOG_ENTRIES)
    return `bundle has more than ${MAX_LOG_ENTRIES} log entries`;
  if (timestamps.length > MAX_TIMESTAMPS)
    return `bundle has more than ${MAX_TIMESTAMPS} timestamps`;
  return { logEntries, timestamps: timestamps.map(({ signedTimestamp }) => signedTimestamp) };
}

function readSigner(material: Bundle['verificationMaterial']): SignerClaim | undefined {
  const content = material?.content;
  switch (content?.$case) {
    case 'publicKey':
      return { kind: 'public-key', hint: content.publicKey.hint };
    case 'certificate':
      return { kind: 'certificate', certificate: content.certificate.rawBytes, chain: [] };
    case 'x509CertificateChain': {
      const [leaf, ...chain] = content.x509CertificateChain.certificates.map(
        ({ rawBytes }) => rawBytes,
      );
      return leaf === undefined ? undefined : { kind: 'certificate', certificate: leaf, chain };
    }
    case undefined:
      return undefined;
  }
}
