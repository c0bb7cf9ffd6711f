import { messageOf } from '../base/coded-error.ts';
import { authorityProblem, type ChainPurpose, leafProblem } from './certificate-profile.ts';
import { type Certificate, isIssuedBy } from './certificate.ts';

/** Chains in use have two to four certificates; each costs a signature verification. */
export const MAX_CHAIN_LENGTH: number = 8;

/**
 * What is wrong with a chain by the certificate requirements of signature-specification.md: complete and
 * ordered from the signing certificate to a self-signed root, nothing else in it, each certificate fit for
 * its place. Validity times and trust are other questions.
 * @returns undefined where nothing is wrong.
 */
export function chainProblem(
  chain: readonly Certificate[],
  purpose: ChainPurpose,
): string | undefined {
  if (chain.length === 0) return 'the certificate chain is empty';
  if (chain.length > MAX_CHAIN_LENGTH)
    return `the certificate chain has ${chain.length} certificates, expected at most ${MAX_CHAIN_LENGTH}`;
  for (const [index, certificate] of chain.entries()) {
    const problem = linkProblem(chain, index) ?? profileProblem(certificate, purpose, index);
    if (problem !== undefined) return `certificate "${certificate.subject.text}" ${problem}`;
  }
  return undefined;
}

/** Whether a certificate is signed with its own key under its own name. */
export function isSelfSigned(certificate: Certificate): boolean {
  return isIssuedBy(certificate, certificate);
}

function linkProblem(chain: readonly Certificate[], index: number): string | undefined {
  const [certificate, next] = [chain[index], chain[index + 1]];
  if (certificate === undefined) return 'is missing';
  if (!certificate.stronglySigned) return 'is not signed with SHA-256, SHA-384 or SHA-512';
  if (next === undefined)
    return isSelfSigned(certificate)
      ? undefined
      : 'is the last of the chain and not self-signed, expected a root certificate';
  if (isSelfSigned(certificate)) return 'is self-signed, but not the last of the chain';
  return isIssuedBy(certificate, next)
    ? undefined
    : `is not issued by the next certificate of the chain, "${next.subject.text}"`;
}

function profileProblem(
  certificate: Certificate,
  purpose: ChainPurpose,
  index: number,
): string | undefined {
  try {
    return index === 0
      ? leafProblem(certificate, purpose)
      : authorityProblem(certificate, purpose, index - 1);
  } catch (error) {
    return `has an extension that cannot be read (${messageOf(error)})`;
  }
}
