import { createHash } from 'node:crypto';
import { isSelfSigned } from './certificate-chain.ts';
import { readPemCertificates, TrustStoreError } from './pem-certificates.ts';
import { LEVELS, type TrustStatement } from './trust-policy.ts';

/** PEM texts as policies of other engines hold them. */
export interface TrustedCertificates {
  /** Each of them may stand anywhere in a signature's chain: a root, an intermediate, or the signer itself. */
  readonly certificates: string;
  /** Roots of timestamp authorities; the chains below them may be there too. */
  readonly tsaCertificates?: string | undefined;
}

/**
 * The statement that a bare list of certificates comes to, as Kyverno builds it: one trust store, level
 * strict, any identity below it, any repository.
 * @throws {TrustStoreError}
 */
export function statementOfCertificates(
  name: string,
  { certificates, tsaCertificates }: TrustedCertificates,
): TrustStatement {
  const ca = readPemCertificates(`Cannot read certificates of "${name}"`, certificates);
  const tsa =
    tsaCertificates === undefined
      ? undefined
      : readPemCertificates(`Cannot read TSA certificates of "${name}"`, tsaCertificates);
  const roots = tsa?.filter(isSelfSigned);
  if (roots?.length === 0)
    throw new TrustStoreError(
      'NOT_A_ROOT',
      `Cannot read TSA certificates of "${name}": found no self-signed one, expected the root of a timestamp authority`,
    );
  const fingerprints = [ca, roots].map((list) => list?.map(({ fingerprint }) => fingerprint));
  return {
    name,
    registryScopes: ['*'],
    level: 'strict',
    actions: LEVELS.strict,
    verifyTimestamp: 'always',
    anchors: { ca, signingAuthority: [], tsa: roots },
    identities: [{ kind: 'any' }],
    hash: createHash('sha256').update(JSON.stringify(fingerprints)).digest('hex'),
  };
}
