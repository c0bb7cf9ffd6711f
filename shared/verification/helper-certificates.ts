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
  const parsed = chain.slice(0, MAX_HELPERS).map(parseOnce);
  const certificates = parsed.filter((certificate) => typeof certificate !== 'string');
  const links = certificates.filter((certificate) => !isIssuedBy(certificate, certificate));
  if (format === 'sigstore-bundle' && links.length < certificates.length)
    return problem('CERTIFICATE_CHAIN', 'bundle holds a root certificate, which it must not');
  return { certificates: links };
}

/** All signatures of one authority bring the same few; a hostile set only pushes them out. */
const MAX_KNOWN = 64;

/** By bytes, so that links between authorities, which stay with the object, are verified once. */
const known = new Map<string, Certificate>();

function parseOnce(der: Buffer): Certificate | string {
  const bytes = der.toString('latin1');
  const parsed = known.get(bytes) ?? parseCertificate(der);
  if (typeof parsed === 'string') return parsed;
  // What is used moves to the end, what was not used for longest stands first.
  known.delete(bytes);
  known.set(bytes, parsed);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  return parsed;
}
