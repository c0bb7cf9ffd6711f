import { messageOf } from '../base/coded-error.ts';
import type { Certificate } from '../trust/certificate.ts';
import {
  type CertificateFields,
  certificateFields,
  EXTENSION,
} from '../trust/certificate-fields.ts';
import { type EvidenceProblem, problem } from './evidence-problem.ts';

/** What a certificate is used for here; each needs its own extended key usage. */
export interface CertificatePurpose {
  readonly name: 'code signing' | 'timestamping';
  readonly oid: string;
  /**
   * Whether the signer's certificate must name the purpose. Fulcio's always do; certificates of private PKIs
   * without any extended key usage are good for all, as Go and cosign read them.
   */
  readonly isRequired: boolean;
}

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const ANY_PURPOSE = '2.5.29.37.0';

export const PURPOSE: Readonly<
  Record<'keyless' | 'privatePki' | 'timestamping', CertificatePurpose>
> = {
  keyless: { name: 'code signing', oid: CODE_SIGNING, isRequired: true },
  privatePki: { name: 'code signing', oid: CODE_SIGNING, isRequired: false },
  /** RFC 3161 §2.3: the purpose must be there. */
  timestamping: { name: 'timestamping', oid: TIME_STAMPING, isRequired: true },
};

/** Extensions whose meaning is checked here; an unknown critical one makes a certificate unusable (RFC 5280 §4.2). */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  EXTENSION.keyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.basicConstraints,
  EXTENSION.extendedKeyUsage,
  // Nothing is asked of policies here, so that any set of them will do (RFC 5280 §6.1.1 (c)).
  EXTENSION.certificatePolicies,
]);

/** Whether the certificate at the start of a path may sign for this purpose. */
export function signerProblem(
  certificate: Certificate,
  purpose: CertificatePurpose,
): EvidenceProblem | undefined {
  const fields = readFields(certificate);
  if ('code' in fields) return fields;
  const { usage, purposes, isAuthority } = fields;
  if (isAuthority)
    return problem('CERTIFICATE_USAGE', 'certificate is of an authority, not of a signer');
  if (usage?.digitalSignature === false)
    return problem('CERTIFICATE_USAGE', 'certificate may not make digital signatures (key usage)');
  const allowed = purposes === undefined ? !purpose.isRequired : purposes.includes(purpose.oid);
  if (!allowed)
    return problem(
      'CERTIFICATE_USAGE',
      `certificate is not for ${purpose.name} (extended key usage)`,
    );
  return constraintProblem(certificate);
}

/**
 * Whether a certificate may stand above others in a path.
 * @param below how many authorities stand between it and the signer.
 */
export function authorityProblem(
  certificate: Certificate,
  purpose: CertificatePurpose,
  below: number,
): EvidenceProblem | undefined {
  const fields = readFields(certificate);
  if ('code' in fields) return fields;
  const { usage, purposes, isAuthority, pathLength = Infinity } = fields;
  if (!isAuthority || usage?.signCertificates === false)
    return problem('CERTIFICATE_CHAIN', 'issuer is not an authority that may sign certificates');
  if (below > pathLength)
    return problem(
      'CERTIFICATE_CHAIN',
      `issuer allows ${pathLength} authorities below it, found ${below}`,
    );
  const allowed = purposes?.some((oid) => oid === purpose.oid || oid === ANY_PURPOSE) ?? true;
  if (!allowed)
    return problem('CERTIFICATE_CHAIN', `issuer is not for ${purpose.name} (extended key usage)`);
  return constraintProblem(certificate);
}

/** Name constraints are refused rather than half understood: a path that they forbid must never pass. */
function constraintProblem({ extensions }: Certificate): EvidenceProblem | undefined {
  if (extensions.has(EXTENSION.nameConstraints))
    return problem(
      'CERTIFICATE_CONSTRAINTS',
      'certificate has name constraints, which are not supported',
    );
  const unknown = [...extensions].find(([oid, { critical }]) => critical && !UNDERSTOOD.has(oid));
  if (unknown === undefined) return undefined;
  return problem(
    'CERTIFICATE_CONSTRAINTS',
    `certificate has an unknown critical extension ${unknown[0]}`,
  );
}

function readFields(certificate: Certificate): CertificateFields | EvidenceProblem {
  try {
    return certificateFields(certificate);
  } catch (error) {
    return problem('CERTIFICATE_MALFORMED', `certificate cannot be read: ${messageOf(error)}`);
  }
}
