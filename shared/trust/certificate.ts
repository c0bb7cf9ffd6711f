import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { messageOf } from '../base/coded-error.ts';
import { DER_TAG, type DerElement, DerError, derElements, readDer } from '../base/der.ts';
import { expectTag, readOid, readTime } from '../base/der-values.ts';
import { type SchemeSignature, signatureSchemeOf, verifyScheme } from './signature-scheme.ts';

export interface CertificateExtension {
  readonly critical: boolean;
  /** Contents of extnValue: mostly DER again. */
  readonly value: Buffer;
}

/** An X.509 v3 certificate, parsed once. Nothing about it is verified: it may have been made by anybody. */
export interface Certificate {
  readonly der: Buffer;
  /** SHA-256 of the DER, hex. */
  readonly fingerprint: string;
  /** The part that the issuer signed, as it stands. */
  readonly tbs: Buffer;
  readonly serial: Buffer;
  /** DER of the names: compared by their bytes, never interpreted. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  /** Both ends inclusive, milliseconds since the epoch. */
  readonly validity: { readonly start: number; readonly end: number };
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  readonly key: KeyObject;
  readonly signature: SchemeSignature | undefined;
  /** By object identifier. */
  readonly extensions: ReadonlyMap<string, CertificateExtension>;
}

/** Far above any code-signing certificate; a few thousand bytes are usual. */
const MAX_CERTIFICATE_BYTES = 64 * 1024;

/** NIST SP 800-131A, and a bound for the time that one verification takes. */
const RSA_BITS = { min: 2048, max: 8192 };

/** 65537 is usual; the time of a verification grows with the exponent's length. */
const MAX_RSA_EXPONENT = 0xffff_ffffn;

/** Reads a certificate. @returns the reason as a string where it cannot be read or its key cannot be used. */
export function parseCertificate(der: Buffer): Certificate | string {
  if (der.length > MAX_CERTIFICATE_BYTES)
    return `certificate has ${der.length} bytes, expected at most ${MAX_CERTIFICATE_BYTES}`;
  try {
    return readCertificate(der);
  } catch (error) {
    return `certificate cannot be read: ${messageOf(error)}`;
  }
}

/**
 * Whether the key of `issuer` signed `certificate`, remembered for as long as the certificate lives: the
 * links between the certificates of a trust root are verified once.
 */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (!certificate.issuer.equals(issuer.subject) || certificate.signature === undefined)
    return false;
  const known = links.get(certificate) ?? new Map<string, boolean>();
  const remembered = known.get(issuer.fingerprint);
  if (remembered !== undefined) return remembered;
  const answer = verifyScheme(certificate.tbs, certificate.signature, issuer.key);
  links.set(certificate, known.set(issuer.fingerprint, answer));
  return answer;
}

const links = new WeakMap<Certificate, Map<string, boolean>>();

function readCertificate(der: Buffer): Certificate {
  const [tbs, algorithm, signature] = derElements(readDer(der, DER_TAG.sequence).contents);
  const body = expectTag(tbs, DER_TAG.sequence);
  const [version, serial, inner, issuer, validity, subject, spki, ...optional] = derElements(
    body.contents,
  );
  if (version?.raw.equals(VERSION_3) !== true) throw new DerError('it is not of version 3');
  const outer = expectTag(algorithm, DER_TAG.sequence);
  if (inner?.raw.equals(outer.raw) !== true)
    throw new DerError('its two signature algorithms differ');
  const keyInfo = expectTag(spki, DER_TAG.sequence).raw;
  const [start, end] = derElements(expectTag(validity, DER_TAG.sequence).contents);
  const scheme = signatureSchemeOf(outer);
  const value = bitStringOf(signature);
  return {
    der,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    tbs: body.raw,
    serial: expectTag(serial, DER_TAG.integer).contents,
    issuer: expectTag(issuer, DER_TAG.sequence).raw,
    subject: expectTag(subject, DER_TAG.sequence).raw,
    validity: { start: readTime(start), end: readTime(end) },
    spki: keyInfo,
    key: usableKey(keyInfo),
    signature: scheme === undefined ? undefined : { scheme, value },
    extensions: readExtensions(optional),
  };
}

/** `[0] { INTEGER 2 }`: only version 3 has extensions, without which nothing says what a key is for. */
const VERSION_3 = Buffer.from([0xa0, 0x03, 0x02, 0x01, 0x02]);

function bitStringOf(element: DerElement | undefined): Buffer {
  const { contents } = expectTag(element, DER_TAG.bitString);
  if (contents[0] !== 0) throw new DerError('a signature has unused bits');
  return contents.subarray(1);
}

function usableKey(spki: Buffer): KeyObject {
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  if (key.asymmetricKeyType === 'ec') return key;
  const { modulusLength = RSA_BITS.min, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < RSA_BITS.min || modulusLength > RSA_BITS.max)
    throw new DerError(`its RSA key has ${modulusLength} bits`);
  if (publicExponent > MAX_RSA_EXPONENT) throw new DerError('its RSA exponent is too large');
  return key;
}

/** `[3]` holds the extensions; two of one kind would be read differently by different readers (RFC 5280 §4.2). */
function readExtensions(
  optional: readonly DerElement[],
): ReadonlyMap<string, CertificateExtension> {
  const extensions = new Map<string, CertificateExtension>();
  const tagged = optional.find(({ tag }) => tag === 0xa3);
  const [list] = tagged === undefined ? [] : derElements(tagged.contents);
  for (const element of list === undefined ? [] : derElements(list.contents)) {
    const parts = derElements(expectTag(element, DER_TAG.sequence).contents);
    const oid = readOid(parts[0]);
    if (extensions.has(oid)) throw new DerError(`extension ${oid} occurs twice`);
    const critical = parts.length === 3 && parts[1]?.contents[0] !== 0;
    const { contents } = expectTag(parts.at(-1), DER_TAG.octetString);
    extensions.set(oid, { critical, value: contents });
  }
  return extensions;
}
