import { createHash } from 'node:crypto';
import { DER_TAG, type DerElement, DerError, derElements, readDer } from '../base/der.ts';
import { encodeDer, expectTag, readOid, readTime } from '../base/der-values.ts';
import {
  type HashName,
  hashOf,
  type SchemeSignature,
  signatureSchemeOf,
} from '../trust/signature-scheme.ts';

/** A time-stamp token taken apart (RFC 3161 §2.4.2 in RFC 5652); nothing is verified but its inner consistency. */
export interface TimestampToken {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Hash of what was stamped. */
  readonly imprint: { readonly algorithm: string; readonly digest: Buffer };
  readonly signer: { readonly issuer: Buffer; readonly serial: Buffer };
  /** SHA-2 of the signer's certificate by which the token names it, where it does (RFC 5035). */
  readonly signerDigest: { readonly algorithm: string; readonly digest: Buffer } | undefined;
  /** What the signature is over. */
  readonly signedAttributes: Buffer;
  readonly signature: SchemeSignature;
  /** DER of certificates that came along. */
  readonly certificates: readonly Buffer[];
}

const OID = {
  signedData: '1.2.840.113549.1.7.2',
  timestampInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

/** A chain of three with RSA-4096 keys takes 6 kB. */
const MAX_TOKEN_BYTES = 64 * 1024;

const MAX_CERTIFICATES = 10;

/**
 * Reads a TimeStampResp whose status is "granted".
 * @throws {DerError} if it is malformed, was not granted, or contradicts itself.
 */
export function readTimestampResponse(der: Buffer): TimestampToken {
  if (der.length > MAX_TOKEN_BYTES) throw new DerError(`it has ${der.length} bytes`);
  const [status, token] = derElements(readDer(der, DER_TAG.sequence).contents);
  const [code] = derElements(expectTag(status, DER_TAG.sequence).contents);
  const { contents } = expectTag(code, DER_TAG.integer);
  // RFC 3161 §2.4.2: granted is 0, grantedWithMods 1.
  if (contents.length !== 1 || (contents[0] ?? 2) > 1) throw new DerError('it was not granted');
  return readToken(expectTag(token, DER_TAG.sequence));
}

function readToken(token: DerElement): TimestampToken {
  const [type, content] = derElements(token.contents);
  if (readOid(type) !== OID.signedData) throw new DerError('it is not signed data');
  const signedData = readDer(expectTag(content, 0xa0).contents, DER_TAG.sequence);
  const parts = derElements(signedData.contents);
  const encapsulated = readContent(expectTag(parts[2], DER_TAG.sequence));
  const signers = derElements(expectTag(parts.at(-1), DER_TAG.set).contents);
  const [signer] = signers;
  if (signer === undefined || signers.length !== 1)
    throw new DerError(`it has ${signers.length} signers, expected exactly 1`);
  const certificates = parts.find(({ tag }) => tag === 0xa0);
  return {
    ...readInfo(encapsulated),
    ...readSigner(signer, encapsulated),
    certificates: certificatesOf(certificates),
  };
}

/** EncapsulatedContentInfo: the DER of TSTInfo inside an OCTET STRING. */
function readContent(element: DerElement): Buffer {
  const [type, content] = derElements(element.contents);
  if (readOid(type) !== OID.timestampInfo) throw new DerError('it holds no timestamp');
  return readDer(expectTag(content, 0xa0).contents, DER_TAG.octetString).contents;
}

function certificatesOf(element: DerElement | undefined): readonly Buffer[] {
  if (element === undefined) return [];
  return derElements(element.contents)
    .filter(({ tag }) => tag === DER_TAG.sequence)
    .slice(0, MAX_CERTIFICATES)
    .map(({ raw }) => raw);
}

/** TSTInfo: version, policy, messageImprint, serialNumber, genTime, and more that is not needed. */
function readInfo(content: Buffer): Pick<TimestampToken, 'time' | 'imprint'> {
  const [version, , imprint, , time] = derElements(readDer(content, DER_TAG.sequence).contents);
  if (version?.contents.equals(Buffer.from([1])) !== true)
    throw new DerError('its version is not 1');
  const [algorithm, digest] = derElements(expectTag(imprint, DER_TAG.sequence).contents);
  return {
    time: readTime(time),
    imprint: {
      algorithm: acceptedHash(algorithm),
      digest: expectTag(digest, DER_TAG.octetString).contents,
    },
  };
}

function acceptedHash(algorithm: DerElement | undefined): HashName {
  const hash = hashOf(expectTag(algorithm, DER_TAG.sequence));
  if (hash === undefined) throw new DerError('its hash is not of SHA-2');
  return hash;
}

/** SignerInfo: version, issuer and serial, digest algorithm, attributes, signature algorithm, signature. */
function readSigner(
  element: DerElement,
  content: Buffer,
): Pick<TimestampToken, 'signer' | 'signerDigest' | 'signedAttributes' | 'signature'> {
  const [, id, digestAlgorithm, attributes, algorithm, value] = derElements(element.contents);
  const [issuer, serial] = derElements(expectTag(id, DER_TAG.sequence).contents);
  const hash = acceptedHash(digestAlgorithm);
  const signed = readAttributes(expectTag(attributes, 0xa0));
  const digest = createHash(hash).update(content).digest();
  const stated = signed.get(OID.messageDigest);
  if (!expectTag(stated, DER_TAG.octetString).contents.equals(digest))
    throw new DerError('its signed digest is not that of its content');
  if (readOid(signed.get(OID.contentType)) !== OID.timestampInfo)
    throw new DerError('its signed type is not that of its content');
  const scheme = signatureSchemeOf(expectTag(algorithm, DER_TAG.sequence));
  if (scheme === undefined) throw new DerError('its signature algorithm is not accepted');
  return {
    signer: {
      issuer: expectTag(issuer, DER_TAG.sequence).raw,
      serial: expectTag(serial, DER_TAG.integer).contents,
    },
    signerDigest: readSignerDigest(signed.get(OID.signingCertificateV2)),
    // RFC 5652 §5.4: signed as a SET, though stored with another tag.
    signedAttributes: encodeDer(DER_TAG.set, [expectTag(attributes, 0xa0).contents]),
    signature: {
      scheme: { ...scheme, hash: scheme.hash ?? (scheme.kind === 'ed25519' ? undefined : hash) },
      value: expectTag(value, DER_TAG.octetString).contents,
    },
  };
}

type Attributes = ReadonlyMap<string, DerElement | undefined>;

/** Signed attributes by type; each has exactly one value (RFC 5652 §11), and none occurs twice. */
function readAttributes(set: DerElement): Attributes {
  const attributes = new Map<string, DerElement | undefined>();
  for (const { contents } of derElements(set.contents)) {
    const [type, values] = derElements(contents);
    const [value, ...more] = derElements(expectTag(values, DER_TAG.set).contents);
    const name = readOid(type);
    if (attributes.has(name)) throw new DerError(`attribute ${name} occurs twice`);
    attributes.set(name, more.length === 0 ? value : undefined);
  }
  return attributes;
}

/** SigningCertificateV2: the first certificate is the signer's; SHA-256 where no hash is named (RFC 5035 §4). */
function readSignerDigest(value: DerElement | undefined): TimestampToken['signerDigest'] {
  if (value === undefined) return undefined;
  const [list] = derElements(expectTag(value, DER_TAG.sequence).contents);
  const [first] = derElements(expectTag(list, DER_TAG.sequence).contents);
  const parts = derElements(expectTag(first, DER_TAG.sequence).contents);
  const [algorithm] = parts;
  const isNamed = algorithm?.tag === DER_TAG.sequence;
  return {
    algorithm: isNamed ? acceptedHash(algorithm) : 'sha256',
    digest: expectTag(parts[isNamed ? 1 : 0], DER_TAG.octetString).contents,
  };
}
