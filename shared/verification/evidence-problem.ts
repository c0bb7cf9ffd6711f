/** What exactly is wrong with a piece of evidence; stable, for machines. */
export type EvidenceCode =
  | 'SIGNATURE_INVALID'
  | 'CERTIFICATE_MISSING'
  | 'CERTIFICATE_MALFORMED'
  | 'CERTIFICATE_UNTRUSTED'
  | 'CERTIFICATE_USAGE'
  | 'CERTIFICATE_CONSTRAINTS'
  | 'CERTIFICATE_CHAIN'
  | 'CERTIFICATE_NOT_VALID_THEN'
  | 'SCT_MISSING'
  | 'SCT_MALFORMED'
  | 'SCT_UNKNOWN_LOG'
  | 'SCT_INVALID'
  | 'LOG_ENTRY_MALFORMED'
  | 'LOG_UNKNOWN'
  | 'LOG_KEY_NOT_VALID_THEN'
  | 'LOG_PROMISE_INVALID'
  | 'LOG_PROOF_INVALID'
  | 'LOG_CHECKPOINT_MALFORMED'
  | 'LOG_CHECKPOINT_INVALID'
  | 'LOG_NOT_INCLUDED'
  | 'LOG_BODY_MALFORMED'
  | 'LOG_BODY_KIND'
  | 'LOG_BODY_DIGEST'
  | 'LOG_BODY_SIGNATURE'
  | 'LOG_BODY_SIGNER'
  | 'TIMESTAMP_MALFORMED'
  | 'TIMESTAMP_UNKNOWN_AUTHORITY'
  | 'TIMESTAMP_IMPRINT'
  | 'TIMESTAMP_INVALID'
  | 'TIMESTAMP_NOT_VALID_THEN'
  | 'TOO_FEW_LOG_ENTRIES'
  | 'TOO_FEW_TIMESTAMPS'
  | 'NO_SIGNING_TIME'
  | 'IDENTITY_MALFORMED'
  | 'IDENTITY_MISMATCH';

/** Why a piece of evidence does not count; a value, since evidence is made by anybody. */
export interface EvidenceProblem {
  readonly code: EvidenceCode;
  readonly message: string;
}

export function problem(code: EvidenceCode, message: string): EvidenceProblem {
  return { code, message };
}

/** Tells problems from the facts that functions return in their place. */
export function isProblem(value: object): value is EvidenceProblem {
  return 'code' in value && 'message' in value;
}
