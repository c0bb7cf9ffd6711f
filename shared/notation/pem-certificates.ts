import { CodedError } from '../base/coded-error.ts';
import { type Certificate, readCertificate } from './certificate.ts';

export type TrustStoreErrorCode =
  'NO_CERTIFICATE' | 'TOO_MANY' | 'NOT_A_CERTIFICATE' | 'MALFORMED' | 'NOT_A_ROOT';

/** Text that cannot serve as a trust store; says what was found and what was expected. */
export class TrustStoreError extends CodedError<TrustStoreErrorCode> {}

/** Every chain is compared with every certificate; a store holds a handful of roots. */
const MAX_CERTIFICATES = 64;

/** RFC 7468 §3. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/**
 * Every certificate of a PEM text, in order.
 * @param where the words that start error messages, `Cannot read trust store "ca:x"`.
 * @throws {TrustStoreError}
 */
export function readPemCertificates(where: string, pem: string): readonly Certificate[] {
  const blocks = [...pem.matchAll(BLOCK)];
  if (blocks.length === 0 || pem.replaceAll(BLOCK, '').includes('-----'))
    throw new TrustStoreError('NO_CERTIFICATE', `${where}: found no whole PEM block "CERTIFICATE"`);
  if (blocks.length > MAX_CERTIFICATES)
    throw new TrustStoreError(
      'TOO_MANY',
      `${where}: found ${blocks.length} certificates, expected at most ${MAX_CERTIFICATES}`,
    );
  return blocks.map(([, label = '', body = ''], index) =>
    readBlock(`${where}: block ${index + 1}`, label, body),
  );
}

function readBlock(where: string, label: string, body: string): Certificate {
  if (label !== 'CERTIFICATE')
    throw new TrustStoreError(
      'NOT_A_CERTIFICATE',
      `${where} is "${label}", expected "CERTIFICATE"${label.endsWith('PRIVATE KEY') ? '; a private key must never be put into a policy, replace it' : ''}`,
    );
  const certificate = readCertificate(Buffer.from(body, 'base64'));
  if (typeof certificate === 'string')
    throw new TrustStoreError('MALFORMED', `${where} is not a certificate: ${certificate}`);
  return certificate;
}
