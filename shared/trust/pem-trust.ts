import { CodedError } from '../base/coded-error.ts';
import type { Authority } from './authority.ts';
import { authorityOf } from './authority.ts';
import { type LogKey, logKey } from './log-key.ts';
import { parsePemCertificates } from './pem-certificates.ts';
import { parsePublicKeys } from './public-key.ts';

export type PemTrustErrorCode = 'NO_AUTHORITY' | 'NOT_AN_AUTHORITY' | 'SIGNERS' | 'KEY';

/** PEM of a policy that is well-formed but cannot be trusted the way the policy wants it. */
export class PemTrustError extends CodedError<PemTrustErrorCode> {}

/** sigstore's own limits for timestamp chains (CVE-2026-32280). */
const MAX_TSA_SIGNERS = 1;

/**
 * Roots of signing certificates from PEM: they replace the trust root's.
 * @throws {CertificateError | PemTrustError}
 */
export function authoritiesFromPem(pem: string): readonly Authority[] {
  const authority = read(pem, 'certificate authorities');
  if (authority.signers.length > 0) {
    throw new PemTrustError(
      'NOT_AN_AUTHORITY',
      'Cannot use certificate authorities: found a certificate that is no authority (CA), expected roots and intermediates only',
    );
  }
  return [authority];
}

/**
 * A timestamp authority from the PEM of its chain, with the signer's certificate or without.
 * @throws {CertificateError | PemTrustError}
 */
export function timestampAuthoritiesFromPem(pem: string): readonly Authority[] {
  const authority = read(pem, 'timestamp authority');
  if (authority.signers.length > MAX_TSA_SIGNERS) {
    throw new PemTrustError(
      'SIGNERS',
      `Cannot use timestamp authority: found ${authority.signers.length} certificates that are no authority (CA), expected at most ${MAX_TSA_SIGNERS}`,
    );
  }
  return [authority];
}

/**
 * Logs from the PEM of their public keys: for Rekor and certificate transparency alike.
 * @param url what messages call the log.
 * @throws {PublicKeyError | PemTrustError}
 */
export function logsFromPem(pem: string, url: string): readonly LogKey[] {
  return parsePublicKeys(pem).map(({ key }) => {
    const log = logKey(key, { url });
    if (typeof log === 'string') throw new PemTrustError('KEY', `Cannot use log key: ${log}`);
    return log;
  });
}

function read(pem: string, what: string): Authority {
  const authority = authorityOf(parsePemCertificates(pem), { uri: `${what} of the policy` });
  if (typeof authority === 'string')
    throw new PemTrustError('NO_AUTHORITY', `Cannot use ${what}: ${authority}`);
  return authority;
}
