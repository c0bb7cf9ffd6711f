import type { SignedEntity } from '../signature/signed-entity.ts';
import { type Certificate, isIssuedBy, parseCertificate } from '../trust/certificate.ts';
import { type EvidenceProblem, problem } from './evidence-problem.ts';

/** More intermediates than any chain has, and each is a candidate. */
const MAX_HELPERS = 4;

/**
 * Certificates that came with a signature and may link its own to an anchor. Roots among them are dropped:
 * cosign's annotation holds the whole chain. A bundle must not hold a root (bundle specification).
 */
export function helperCertificates({
  signer,
  format,
}: SignedEntity): { readonly certificates: readonly Certificate[] } | EvidenceProblem {
  const chain = signer.kind === 'certificate' ? signer.chain : [];
  const parsed = chain.slice(0, MAX_HELPERS).map(parseCertificate);
  const certificates = parsed.filter((certificate) => typeof certificate !== 'string');
  const links = certificates.filter((certificate) => !isIssuedBy(certificate, certificate));
  if (format === 'sigstore-bundle' && links.length < certificates.length)
    return problem('CERTIFICATE_CHAIN', 'bundle holds a root certificate, which it must not');
  return { certificates: links };
}
