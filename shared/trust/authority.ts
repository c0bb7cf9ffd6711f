import { messageOf } from '../base/coded-error.ts';
import { type Certificate, isIssuedBy } from './certificate.ts';
import { certificateFields } from './certificate-fields.ts';
import type { ValidityPeriod } from './log-key.ts';

/** A certificate authority for signers, or a timestamp authority. */
export interface Authority {
  /** For messages. */
  readonly uri: string;
  readonly operator: string;
  /** Paths end here: self-signed roots, and authorities whose issuer was not given. */
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  /** Certificates that are no authorities: of a timestamp authority, the only ones that may sign. */
  readonly signers: readonly Certificate[];
  /** When signatures under this authority count; narrower than its certificates' own validity. */
  readonly validFor: ValidityPeriod;
}

export interface AuthorityOptions {
  readonly uri: string;
  readonly operator?: string;
  readonly validFor?: ValidityPeriod;
}

/** Sorts the certificates of one authority, in any order. @returns the reason as a string where they make none. */
export function authorityOf(
  certificates: readonly Certificate[],
  options: AuthorityOptions,
): Authority | string {
  let issuers: readonly Certificate[];
  try {
    issuers = certificates.filter((certificate) => certificateFields(certificate).isAuthority);
  } catch (error) {
    return messageOf(error);
  }
  const anchors = issuers.filter((certificate) => !hasOtherIssuer(certificate, issuers));
  if (anchors.length === 0) return 'found no certificate of an authority (CA)';
  return {
    uri: options.uri,
    operator: options.operator ?? '',
    anchors,
    intermediates: issuers.filter((certificate) => !anchors.includes(certificate)),
    signers: certificates.filter((certificate) => !issuers.includes(certificate)),
    validFor: options.validFor ?? { start: -Infinity, end: Infinity },
  };
}

/** Whether a certificate's issuer is among the others; a root issues itself. */
function hasOtherIssuer(certificate: Certificate, others: readonly Certificate[]): boolean {
  if (isIssuedBy(certificate, certificate)) return false;
  return others.some((other) => other !== certificate && isIssuedBy(certificate, other));
}
