import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { messageOf } from '../base/coded-error.ts';
import { type Der, readDer } from './der.ts';
import { type DistinguishedName, readName } from './distinguished-name.ts';
import { isStrongSignature } from './x509-signature.ts';
import { integerHex } from './der-integer.ts';
import { expectTag, sequence, TAG } from './der-tag.ts';
import { timeOf } from './der-values.ts';
import { type Extension, readExtensions } from './x509-extension.ts';

/** A certificate taken apart once, by the same strict reader for every purpose. */
export interface Certificate {
  readonly der: Buffer;
  /** SHA-256 of the DER, hex. */
  readonly fingerprint: string;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  readonly subjectDer: Buffer;
  readonly issuerDer: Buffer;
  /** Content octets of the serial number, hex. */
  readonly serial: string;
  /** Validity in milliseconds since the epoch, both ends included. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: KeyObject;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Der;
  readonly extensions: ReadonlyMap<string, Extension>;
  /** Whether the issuer's signature on it uses a hash that is not broken. */
  readonly stronglySigned: boolean;
  readonly x509: X509Certificate;
}

/** A certificate of a code signer is about 1 kB; with long name lists a few. */
const MAX_CERTIFICATE_BYTES = 16 * 1024;

/** RFC 5280 §4.1: explicit tags of the version and of the extensions in a TBSCertificate. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

/**
 * Reads one DER certificate.
 * @returns what is wrong with it as text.
 */
export function readCertificate(der: Buffer): Certificate | string {
  if (der.length > MAX_CERTIFICATE_BYTES) return `it is larger than ${MAX_CERTIFICATE_BYTES} bytes`;
  try {
    return takeApart(der);
  } catch (error) {
    return messageOf(error);
  }
}

/** Whether `issuer` is named as the issuer of `certificate` and its key made the signature on it. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (!certificate.stronglySigned || !certificate.issuerDer.equals(issuer.subjectDer)) return false;
  try {
    return certificate.x509.verify(issuer.publicKey);
  } catch {
    // A key of another type than the signature's makes OpenSSL throw.
    return false;
  }
}

/** Whether a time, in milliseconds, is inside the certificate's validity. */
export function isValidAt({ notBefore, notAfter }: Certificate, time: number): boolean {
  return time >= notBefore && time <= notAfter;
}

function takeApart(der: Buffer): Certificate {
  const [tbs, algorithm] = sequence(readDer(der));
  const fields = sequence(tbs);
  const [serial, , issuer, validity, subject, spki] =
    fields[0]?.tag === VERSION ? fields.slice(1) : fields;
  const [notBefore, notAfter] = sequence(validity);
  const x509 = new X509Certificate(der);
  const issuerName = expectTag(issuer, TAG.sequence);
  const subjectName = expectTag(subject, TAG.sequence);
  return {
    der,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    subject: readName(subjectName),
    issuer: readName(issuerName),
    subjectDer: subjectName.raw,
    issuerDer: issuerName.raw,
    serial: integerHex(serial),
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
    publicKey: x509.publicKey,
    spki: expectTag(spki, TAG.sequence),
    extensions: readExtensions(fields.find(({ tag }) => tag === EXTENSIONS)),
    stronglySigned: isStrongSignature(expectTag(algorithm, TAG.sequence)),
    x509,
  };
}
