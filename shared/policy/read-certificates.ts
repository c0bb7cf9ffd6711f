import { type Certificate, isIssuedBy } from '../trust/certificate.ts';
import { authoritiesFromPem, PemTrustError } from '../trust/pem-trust.ts';
import { parsePemCertificates } from '../trust/pem-certificates.ts';
import type { AttestorDefaults } from './attestor-defaults.ts';
import type { Fields } from './fields.ts';
import { warnExpired } from './lint-authorities.ts';
import type { CertificateAttestor } from './model.ts';
import { isBlank, parseField } from './parse-field.ts';
import { readCtlog } from './read-ctlog.ts';
import { readLog } from './read-log.ts';

/**
 * Reads `certificates`: `cert` alone stands for its key, `certChain` alone names roots for the certificates
 * that signatures carry, both together pin a certificate that must lead to these roots (Kyverno 1.19).
 */
export function readCertificates(
  fields: Fields,
  { annotations, repository, policyNamespace }: AttestorDefaults,
): CertificateAttestor | undefined {
  const certificate = parseField(fields, 'cert', onlyCertificate);
  const authorities = parseField(fields, 'certChain', authoritiesFromPem);
  warnExpired(fields, 'certChain', authorities);
  warnRoot(fields, certificate);
  const log = readLog(fields, policyNamespace);
  const ctlog = readCtlog(fields, log);
  fields.end();
  if (!requireCertificates(fields)) return undefined;
  return {
    kind: 'certificate',
    path: fields.path,
    certificate,
    authorities,
    identities: undefined,
    log,
    ...ctlog,
    trustRoot: undefined,
    annotations,
    repository,
  };
}

/** Whether any certificate is written; a fault where none is. */
export function requireCertificates(fields: Fields): boolean {
  const isGiven = ['cert', 'certChain'].some((key) => fields.has(key) && !isBlank(fields, key));
  if (!isGiven) fields.fault('error', 'found none of them, expected "cert", "certChain" or both');
  return isGiven;
}

function onlyCertificate(pem: string): Certificate {
  const [certificate, ...more] = parsePemCertificates(pem);
  if (certificate === undefined || more.length > 0)
    throw new PemTrustError(
      'SIGNERS',
      `Cannot use certificate: found ${more.length + 1}, expected the signer's only; the others belong into "certChain"`,
    );
  return certificate;
}

/** Somebody who writes a root here most likely means everybody below it. */
function warnRoot(fields: Fields, certificate: Certificate | undefined): void {
  if (certificate === undefined || fields.has('certChain')) return;
  if (!isIssuedBy(certificate, certificate)) return;
  fields.fault(
    'warning',
    'is a self-signed certificate, so only signatures of its own key are accepted; an authority belongs into "certChain"',
    'cert',
  );
}
