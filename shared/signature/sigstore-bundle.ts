import { Bundle, HashAlgorithm } from '@sigstore/protobuf-specs';
import { decodeLongBase64 } from '../base/base64.ts';
import { messageOf } from '../base/coded-error.ts';
import { isJsonObject, type JsonValue, member, stringAt } from '../base/json-value.ts';
import { malformedBytes } from '../base/malformed-bytes.ts';
import { parseLongJson, parseStrictJson } from '../base/strict-json.ts';
import { withHead } from './envelope-head.ts';
import { type LogEntry, readBundleEntry } from './log-entry.ts';
import {
  MAX_LOG_ENTRIES,
  MAX_TIMESTAMPS,
  type SignatureSource,
  type SignedDigest,
  type SignedEnvelope,
  type SignerClaim,
  type SigningTimeClaims,
} from './signed-entity.ts';

/** Prefix of all bundle media types and of the `artifactType` of bundle referrers. */
export const BUNDLE_MEDIA_TYPE_PREFIX = 'application/vnd.dev.sigstore.bundle';

/** v0.1 and v0.2 carry the version as a parameter, v0.3 in the name or, early on, as a parameter too. */
const BUNDLE_VERSIONS: ReadonlyMap<string, '0.1' | '0.2' | '0.3'> = new Map([
  ['application/vnd.dev.sigstore.bundle+json;version=0.1', '0.1'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.2', '0.2'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.3', '0.3'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', '0.3'],
]);

/** Members of type `bytes` in the bundle's protobuf messages. */
const BYTE_FIELDS: ReadonlySet<string> = new Set([
  'canonicalizedBody',
  'digest',
  'hashes',
  'keyId',
  'payload',
  'rawBytes',
  'rootHash',
  'sig',
  'signature',
  'signedEntryTimestamp',
  'signedTimestamp',
]);

/** A chain longer than this is refused as a whole: its certificates are candidates for a path. */
const MAX_CHAIN = 10;

/** Certificates, log entries and timestamps take kilobytes; they are decoded at a stretch. */
const MAX_BESIDE_PAYLOAD = 1024 * 1024;

/**
 * Reads a Sigstore bundle: a DSSE envelope, what cosign 3 writes by default, or a message signature.
 * @returns the reason as a string where it is no bundle that can be read.
 */
export function readBundle(
  json: Buffer,
  source: SignatureSource,
): SignedEnvelope | SignedDigest | string {
  try {
    const document = parseStrictJson(json.toString('utf8'));
    return malformedIn(document) ?? readDocument(document, source);
  } catch (error) {
    return `bundle cannot be read: ${messageOf(error)}`;
  }
}

/** The same for bundles of any length, a few milliseconds at a time. */
export async function readLongBundle(
  json: Buffer,
  source: SignatureSource,
): Promise<SignedEnvelope | SignedDigest | string> {
  try {
    const document = await parseLongJson(json.toString('utf8'));
    const payload = payloadOf(document);
    if (json.length - payload.length > MAX_BESIDE_PAYLOAD)
      return `bundle cannot be read: more than ${MAX_BESIDE_PAYLOAD} bytes beside the payload of an envelope`;
    const bytes = await decodeLongBase64(payload);
    if (bytes === undefined) return notBase64('dsseEnvelope.payload');
    const rest = withoutPayload(document);
    const entity = malformedIn(rest) ?? readDocument(rest, source);
    if (typeof entity === 'string' || entity.kind !== 'dsse') return entity;
    return await withHead({ ...entity, payload: bytes });
  } catch (error) {
    return `bundle cannot be read: ${messageOf(error)}`;
  }
}

/** Empty also where there is none. */
function payloadOf(document: JsonValue): string {
  return stringAt(document, 'dsseEnvelope', 'payload') ?? '';
}

function withoutPayload(document: JsonValue): JsonValue {
  const envelope = member(document, 'dsseEnvelope');
  return payloadOf(document) !== '' && isJsonObject(document) && isJsonObject(envelope)
    ? { ...document, dsseEnvelope: { ...envelope, payload: '' } }
    : document;
}

function malformedIn(document: JsonValue): string | undefined {
  const malformed = malformedBytes(document, BYTE_FIELDS);
  return malformed === undefined ? undefined : notBase64(malformed);
}

function notBase64(path: string): string {
  return `bundle cannot be read: ${path} is not base64`;
}

function readDocument(
  document: JsonValue,
  source: SignatureSource,
): SignedEnvelope | SignedDigest | string {
  const bundle = Bundle.fromJSON(document);
  const version = BUNDLE_VERSIONS.get(bundle.mediaType);
  if (version === undefined) return `bundle media type "${bundle.mediaType}" is not known`;
  const signer = readSigner(bundle.verificationMaterial);
  if (typeof signer === 'string') return signer;
  const time = readTime(bundle.verificationMaterial, version);
  if (typeof time === 'string') return time;
  return readContent(bundle, { format: 'sigstore-bundle', source, signer, time });
}

type Material = Bundle['verificationMaterial'];
type Shared = Pick<SignedEnvelope, 'format' | 'source' | 'signer' | 'time'>;

function readContent({ content }: Bundle, shared: Shared): SignedEnvelope | SignedDigest | string {
  switch (content?.$case) {
    case 'dsseEnvelope': {
      const { signatures, payloadType, payload } = content.dsseEnvelope;
      const [first] = signatures;
      if (first === undefined || signatures.length !== 1)
        return `envelope has ${signatures.length} signatures, expected exactly 1`;
      const signature = first.sig;
      if (signature.length === 0) return 'envelope has an empty signature';
      return { kind: 'dsse', ...shared, signature, payloadType, payload, envelope: undefined };
    }
    case 'messageSignature': {
      const { signature, messageDigest } = content.messageSignature;
      if (signature.length === 0) return 'bundle has an empty signature';
      const hint =
        messageDigest === undefined
          ? undefined
          : { algorithm: hashName(messageDigest.algorithm), digest: messageDigest.digest };
      return { kind: 'digest', ...shared, signature, artifact: undefined, messageDigest: hint };
    }
    case undefined:
      return 'bundle holds no signature';
  }
}

/** `SHA2_256` as `sha256`: how digests are written everywhere else. */
function hashName(algorithm: HashAlgorithm): string {
  return (HashAlgorithm[algorithm] ?? '').replace(/^SHA2_/, 'sha');
}

/** From v0.2 on each entry must prove that it is in the log (bundle specification). */
function readTime(material: Material, version: '0.1' | '0.2' | '0.3'): SigningTimeClaims | string {
  const entries = material?.tlogEntries ?? [];
  const timestamps = material?.timestampVerificationData?.rfc3161Timestamps ?? [];
  if (entries.length > MAX_LOG_ENTRIES)
    return `bundle has more than ${MAX_LOG_ENTRIES} log entries`;
  if (timestamps.length > MAX_TIMESTAMPS)
    return `bundle has more than ${MAX_TIMESTAMPS} timestamps`;
  const read = entries
    .map((entry) => readBundleEntry(entry))
    .map((entry) => (version === '0.1' ? entry : withProof(entry)));
  return {
    logEntries: read.filter((entry) => typeof entry !== 'string'),
    timestamps: timestamps.map(({ signedTimestamp }) => signedTimestamp),
    unreadable: read.filter((entry) => typeof entry === 'string'),
  };
}

function withProof(entry: LogEntry | string): LogEntry | string {
  if (typeof entry === 'string' || entry.proof?.checkpoint !== undefined) return entry;
  return 'log entry has no inclusion proof with a checkpoint, which this version of bundle must have';
}

function readSigner(material: Material): SignerClaim | string {
  const content = material?.content;
  switch (content?.$case) {
    case 'publicKey':
      return { kind: 'public-key', hint: content.publicKey.hint };
    case 'certificate':
      return { kind: 'certificate', certificate: content.certificate.rawBytes, chain: [] };
    case 'x509CertificateChain': {
      const { certificates } = content.x509CertificateChain;
      const [leaf, ...chain] = certificates.map(({ rawBytes }) => rawBytes);
      if (leaf === undefined) return 'bundle holds an empty certificate chain';
      if (chain.length >= MAX_CHAIN) return `certificate chain is longer than ${MAX_CHAIN}`;
      return { kind: 'certificate', certificate: leaf, chain };
    }
    case undefined:
      return 'bundle names neither a public key nor a certificate';
  }
}
