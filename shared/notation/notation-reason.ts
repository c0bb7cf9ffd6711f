/** Why a Notary Project signature is not accepted; one for each rule that can be broken. */
export type NotationReason =
  | 'UNSUPPORTED_ENVELOPE'
  | 'MALFORMED_ENVELOPE'
  | 'UNSUPPORTED_ALGORITHM'
  | 'ALGORITHM_MISMATCH'
  | 'UNKNOWN_CRITICAL_HEADER'
  | 'UNMARKED_CRITICAL_HEADER'
  | 'PLUGIN_REQUIRED'
  | 'UNSUPPORTED_SCHEME'
  | 'WRONG_TIME_HEADER'
  | 'MALFORMED_CERTIFICATE'
  | 'INVALID_CERTIFICATE_CHAIN'
  | 'INVALID_SIGNATURE'
  | 'UNSUPPORTED_PAYLOAD'
  | 'MALFORMED_PAYLOAD'
  | 'WRONG_TARGET'
  | 'METADATA_MISMATCH'
  | 'NO_TRUST_STORE'
  | 'UNTRUSTED_CERTIFICATE'
  | 'UNTRUSTED_IDENTITY'
  | 'SIGNATURE_EXPIRED'
  | 'CERTIFICATE_NOT_VALID'
  | 'NO_TIMESTAMP'
  | 'INVALID_TIMESTAMP'
  | 'UNTRUSTED_TIMESTAMP'
  | 'REVOKED'
  | 'REVOCATION_UNKNOWN';

/** A rule that a signature breaks, and how. */
export interface NotationFailure {
  readonly reason: NotationReason;
  readonly message: string;
}

export function failure(reason: NotationReason, message: string): NotationFailure {
  return { reason, message };
}

/** Tells a failure from what a reader returns when all is well. */
export function isFailure(value: object): value is NotationFailure {
  return 'reason' in value && 'message' in value;
}
