import { createHash } from 'node:crypto';
import { isSelfSigned } from './certificate-chain.ts';
import { readDer } from './der.ts';
import type { Certificate } from './certificate.ts';
import { readPemCertificates, TrustStoreError } from './pem-certificates.ts';
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

/**
 * A trust store from the PEM text of its certificates. As in notation, a store holds CA certificates or
 * self-signed ones; a timestamp store holds roots only.
 * @throws {TrustStoreError}
 */
export function parseTrustStore(type: TrustStoreType, name: string, pem: string): TrustStore {
  const where = `Cannot read trust store "${type}:${name}"`;
  const certificates = readPemCertificates(where, pem);
  for (const certificate of certificates)
    refuseUnfit(`${where}: certificate "${certificate.subject.text}"`, type, certificate);
  const hash = createHash('sha256');
  for (const { fingerprint } of certificates) hash.update(fingerprint);
  return { type, name, certificates, hash: hash.digest('hex') };
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
