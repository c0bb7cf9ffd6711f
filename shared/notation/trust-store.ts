import { createHash } from 'node:crypto';
import { CodedError } from '../base/coded-error.ts';
import { isSelfSigned } from './certificate-chain.ts';
import { readDer } from './der.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { sequence, TAG } from './der-tag.ts';

/** trust-store-trust-policy.md "Trust Store": what the certificates of a store may vouch for. */
export type TrustStoreType = 'ca' | 'signingAuthority' | 'tsa';

/** A named collection of trusted certificates, as a value. */
export interface TrustStore {
  readonly type: TrustStoreType;
  readonly name: string;
  readonly certificates: readonly Certificate[];
  /** Hash of the certificates; part of cache keys. */
  readonly hash: string;
}

export type TrustStoreErrorCode =
  'NO_CERTIFICATE' | 'TOO_MANY' | 'NOT_A_CERTIFICATE' | 'MALFORMED' | 'NOT_A_ROOT';

/** Text that cannot serve as a trust store; says what was found and what was expected. */
export class TrustStoreError extends CodedError<TrustStoreErrorCode> {}

/** Every chain is compared with every certificate; a store holds a handful of roots. */
const MAX_CERTIFICATES = 64;

/** RFC 7468 §3. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/**
 * A trust store from the PEM text of its certificates. As in notation, a store holds CA certificates or
 * self-signed ones; a timestamp store holds roots only.
 * @throws {TrustStoreError}
 */
export function parseTrustStore(type: TrustStoreType, name: string, pem: string): TrustStore {
  const where = `Cannot read trust store "${type}:${name}"`;
  const blocks = [...pem.matchAll(BLOCK)];
  if (blocks.length === 0 || pem.replaceAll(BLOCK, '').includes('-----'))
    throw new TrustStoreError('NO_CERTIFICATE', `${where}: found no whole PEM block "CERTIFICATE"`);
  if (blocks.length > MAX_CERTIFICATES)
    throw new TrustStoreError(
      'TOO_MANY',
      `${where}: found ${blocks.length} certificates, expected at most ${MAX_CERTIFICATES}`,
    );
  const certificates = blocks.map(([, label = '', body = ''], index) => {
    const certificate = readBlock(`${where}: block ${index + 1}`, label, body);
    refuseUnfit(`${where}: certificate "${certificate.subject.text}"`, type, certificate);
    return certificate;
  });
  const hash = createHash('sha256');
  for (const { fingerprint } of certificates) hash.update(fingerprint);
  return { type, name, certificates, hash: hash.digest('hex') };
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

function refuseUnfit(where: string, type: TrustStoreType, certificate: Certificate): void {
  if (isSelfSigned(certificate)) return;
  if (type === 'tsa')
    throw new TrustStoreError(
      'NOT_A_ROOT',
      `${where} is not self-signed, expected a root certificate of a timestamp authority`,
    );
  if (!isAuthority(certificate))
    throw new TrustStoreError(
      'NOT_A_ROOT',
      `${where} is neither a CA certificate nor self-signed: trust the root that issued it and name the signer in trustedIdentities`,
    );
}

function isAuthority({ extensions }: Certificate): boolean {
  const constraints = extensions.get('2.5.29.19');
  if (constraints === undefined) return false;
  const [ca] = sequence(readDer(constraints.value));
  return ca?.tag === TAG.boolean && ca.content[0] !== 0;
}
