import type { Digest } from '../base/digest.ts';
import type { JsonValue } from '../base/json-value.ts';
import type { AttestationRequirement } from '../policy/model.ts';
import type { AttestedSet } from './attested-set.ts';

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
  | 'NOT_IN_LOG'
  | 'INVALID_LOG_ENTRY'
  | 'UNTRUSTED_CERTIFICATE'
  | 'NO_SIGNING_TIME'
  | 'IDENTITY_MISMATCH'
  | 'NO_ATTESTATIONS'
  | 'NO_ATTESTORS'
  | 'CONDITIONS_NOT_MET'
  | 'MISSING_DIGEST'
  | 'UNVERIFIED_IMAGE'
  | 'PATTERN_MISMATCH'
  | 'RULE_VIOLATED';

/** Why we could not find out. */
export type UnknownReason =
  | 'REGISTRY_UNAUTHORIZED'
  | 'REGISTRY_DENIED'
  | 'REGISTRY_RATE_LIMITED'
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_TIMEOUT'
  | 'REGISTRY_MALFORMED'
  | 'EVIDENCE_TOO_LARGE'
  | 'NOT_RECORDED'
  | 'UNSUPPORTED_POLICY'
  | 'TRUST_ROOT_UNAVAILABLE'
  | 'LOG_UNAVAILABLE'
  | 'LOG_REFUSED'
  | 'REVOCATION_UNKNOWN'
  | 'REVOCATION_NOT_CHECKED'
  | 'KEY_UNAVAILABLE'
  | 'UNREADABLE_OBJECT'
  | 'MATCH_UNKNOWN'
  | 'CONDITIONS_UNKNOWN'
  | 'EVALUATION_FAILED'
  | 'CONTEXT_UNAVAILABLE'
  | 'EVALUATION_TOO_EXPENSIVE'
  | 'DEADLINE_EXCEEDED'
  | 'INTERNAL_ERROR';

/** A signature that verified, and by what. Only what was checked is in it. */
export interface SignatureFact {
  readonly format:
    | 'cosign-simple-signing'
    | 'cosign-attestation'
    | 'sigstore-bundle'
    | 'notation-jws'
    | 'notation-cose';
  readonly place: string;
  /** SHA-256 fingerprint of the public key that verified it, hex. */
  readonly keyFingerprint: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Whom the certificate names, where a certificate was verified. */
  readonly identity?: IdentityFact;
  /** Logs that vouch for it, where a log entry was asked for. */
  readonly logEntries?: readonly LogFact[];
  /** Timestamps that verified: authority and time. */
  readonly timestamps?: readonly { readonly authority: string; readonly time: string }[];
  /** Set for an attestation. */
  readonly predicateType?: string;
  /** What the signer says of the time: trusted no more than the signer is. ISO 8601. */
  readonly claimedTime?: string;
  /** Rules that the signature breaks and that the policy only wants to hear about. */
  readonly warnings?: readonly string[];
  /** Set where not the image itself is signed but the manifest of one of its platforms. */
  readonly manifest?: { readonly digest: Digest; readonly platform: string };
}

export interface IdentityFact {
  readonly subjects: readonly string[];
  readonly issuer: string | undefined;
  /** Fulcio's extensions by name. */
  readonly extensions: Readonly<Record<string, string>>;
  /** SHA-256 of the certificate, hex. */
  readonly certificate: string;
}

export interface LogFact {
  readonly url: string;
  /** Position in the log, where the log vouches for it. */
  readonly logIndex: string | undefined;
  /** ISO 8601; only where the log promised it. */
  readonly integratedAt: string | undefined;
}

/** The statements that satisfy one requirement, by who made them. */
export interface VerifiedAttestation {
  readonly requirement: AttestationRequirement;
  /** All must still be satisfied by those whose statements meet the conditions. */
  readonly sets: readonly AttestedSet[];
}

/** A statement whose subject is the image and whose signers a policy wants; what it says is judged elsewhere. */
export interface VerifiedStatement {
  readonly predicateType: string;
  /** At most 10 MB of JSON, nested 64 levels at most; null where the statement has no predicate. */
  readonly predicate: JsonValue;
}

/** A decision about one image under one requirement; a value, never an exception. */
export type Verdict =
  | {
      readonly kind: 'pass';
      readonly message: string;
      readonly digest: Digest | undefined;
      readonly signatures: readonly SignatureFact[];
      /**
       * What attestations say, for conditions; set where the policy asks for any. One list is about the image;
       * where its platform manifests stand for it, one about each of them.
       */
      readonly attestations?: readonly (readonly VerifiedAttestation[])[];
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
