import { decodeBase64 } from '../base/base64.ts';
import { CodedError } from '../base/coded-error.ts';
import { type Certificate, parseCertificate } from './certificate.ts';

export type CertificateErrorCode = 'NO_CERTIFICATE' | 'MALFORMED' | 'TOO_MANY';

/** Text of a policy or a flag that holds no certificates we can use. */
class CertificateError extends CodedError<CertificateErrorCode> {}

/** A company's bundle of roots is smaller; each certificate is a candidate for every path. */
const MAX_CERTIFICATES = 64;

/** RFC 7468 §5; text between blocks is allowed there, and common. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/**
 * Every certificate of a PEM text, in order.
 * @throws {CertificateError} for a block of another kind, a certificate that cannot be read, and where there is none.
 */
export function parsePemCertificates(pem: string): readonly Certificate[] {
  const blocks = [...pem.matchAll(BLOCK)];
  if (blocks.length === 0) {
    throw new CertificateError(
      'NO_CERTIFICATE',
      'Cannot read certificates: found no PEM block, expected "-----BEGIN CERTIFICATE-----"',
    );
  }
  if (blocks.length > MAX_CERTIFICATES) {
    throw new CertificateError(
      'TOO_MANY',
      `Cannot read certificates: found ${blocks.length}, expected at most ${MAX_CERTIFICATES}`,
    );
  }
  return blocks.map(([, label = '', body = ''], index) => readBlock(label, body, index));
}

function readBlock(label: string, body: string, index: number): Certificate {
  if (label !== 'CERTIFICATE') {
    throw new CertificateError(
      'MALFORMED',
      `Cannot read certificates: found a PEM block "${label}", expected "CERTIFICATE"`,
    );
  }
  const der = decodeBase64(body.replaceAll(/\s/g, ''));
  const certificate = der === undefined ? 'is not base64' : parseCertificate(der);
  if (typeof certificate === 'string')
    throw new CertificateError(
      'MALFORMED',
      `Cannot read certificates: number ${index + 1} of the text: ${certificate}`,
    );
  return certificate;
}
