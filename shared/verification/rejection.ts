import type { Rejected } from './evidence.ts';
import type { EvidenceCode, EvidenceProblem } from './evidence-problem.ts';
import type { FailureReason, UnknownReason } from './verdict.ts';

/** How far a signature came before it was rejected: the one that came furthest is the nearest miss. */
export const STAGE = {
  format: 0,
  claims: 1,
  signer: 2,
  signature: 3,
  certificate: 4,
  trust: 5,
  log: 6,
  time: 7,
  validity: 8,
  transparency: 9,
  identity: 10,
  annotations: 11,
} as const;

const REASONS: Readonly<Partial<Record<EvidenceCode, FailureReason>>> = {
  SIGNATURE_INVALID: 'NO_MATCHING_SIGNATURE',
  CERTIFICATE_MISSING: 'NO_MATCHING_SIGNATURE',
  IDENTITY_MISMATCH: 'IDENTITY_MISMATCH',
  NO_SIGNING_TIME: 'NO_SIGNING_TIME',
  TOO_FEW_TIMESTAMPS: 'NO_SIGNING_TIME',
};

/** The coarse reason of a verdict for an exact code: what a person does about it is the same for many. */
function reasonOf(code: EvidenceCode): FailureReason {
  const reason = REASONS[code];
  if (reason !== undefined) return reason;
  if (code.startsWith('TIMESTAMP_')) return 'NO_SIGNING_TIME';
  return code.startsWith('LOG_') || code === 'TOO_FEW_LOG_ENTRIES'
    ? 'INVALID_LOG_ENTRY'
    : 'UNTRUSTED_CERTIFICATE';
}

export function rejectedFor({ code, message }: EvidenceProblem, stage: number): Rejected {
  return { kind: 'rejected', reason: reasonOf(code), code, message, stage };
}

export function rejected(
  reason: FailureReason | UnknownReason,
  message: string,
  stage: number,
): Rejected {
  return { kind: 'rejected', reason, message, stage };
}
