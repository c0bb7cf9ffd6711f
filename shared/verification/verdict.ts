import type { Digest } from '../base/digest.ts';

/** Why the evidence says no. */
export type FailureReason =
  | 'BAD_REFERENCE'
  | 'IMAGE_NOT_FOUND'
  | 'NO_SIGNATURES'
  | 'FORMAT_NOT_READ'
  | 'NO_MATCHING_SIGNATURE'
  | 'WRONG_DIGEST'
  | 'ANNOTATION_MISMATCH'
  | 'NO_LOG_ENTRY'
  | 'NO_ATTESTORS'
  | 'MISSING_DIGEST'
  | 'UNVERIFIED_IMAGE'
  | 'PATTERN_MISMATCH';

/** Why we could not find out. */
export type UnknownReason =
  | 'REGISTRY_UNAUTHORIZED'
  | 'REGISTRY_DENIED'
  | 'REGISTRY_RATE_LIMITED'
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_TIMEOUT'
  | 'REGISTRY_MALFORMED'
  | 'EVIDENCE_TOO_LARGE'
  | 'UNSUPPORTED_POLICY'
  | 'UNREADABLE_OBJECT'
  | 'DEADLINE_EXCEEDED'
  | 'INTERNAL_ERROR';

/** A signature that verified, and by what. */
export interface SignatureFact {
  readonly format: 'cosign-simple-signing' | 'sigstore-bundle';
  readonly place: string;
  /** SHA-256 fingerprint of the public key that verified it, hex. */
  readonly keyFingerprint: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A decision about one image under one requirement; a value, never an exception. */
export type Verdict =
  | {
      readonly kind: 'pass';
      readonly message: string;
      readonly digest: Digest | undefined;
      readonly signatures: readonly SignatureFact[];
    }
  | { readonly kind: 'skip'; readonly message: string; readonly digest: Digest | undefined }
  | {
      readonly kind: 'fail';
      readonly reason: FailureReason;
      readonly message: string;
      readonly details: readonly string[];
      readonly digest: Digest | undefined;
    }
  | {
      readonly kind: 'error';
      readonly reason: UnknownReason;
      readonly message: string;
      readonly details: readonly string[];
      readonly digest: Digest | undefined;
      /** Whether trying again soon can help: infrastructure trouble, as opposed to a setting that is wrong. */
      readonly transient: boolean;
      readonly retryAfterSeconds: number | undefined;
    };
