import type { Digest } from '../base/digest.ts';
import type { RegistryError } from '../registry/registry-error.ts';
import type { StatementHead } from './in-toto-statement.ts';
import type { LogEntry } from './log-entry.ts';

/** Where a signature was found; for messages and caches, never for trust. */
export interface SignatureSource {
  readonly place: 'signature-tag' | 'attestation-tag' | 'referrers-api' | 'fallback-tag' | 'file';
  /** `registry/path` it was read from. */
  readonly repository: string;
  readonly manifestDigest: Digest;
  /** Index of the layer inside the manifest. */
  readonly layer: number;
}

/** Who is said to have signed: nothing here is verified yet. */
export type SignerClaim =
  | { readonly kind: 'public-key'; readonly hint: string | undefined }
  | {
      readonly kind: 'certificate';
      readonly certificate: Buffer;
      readonly chain: readonly Buffer[];
    };

/** Log entries and timestamps as they were found; `trust/` and `verification/` judge them. */
export interface SigningTimeClaims {
  readonly logEntries: readonly LogEntry[];
  /** RFC 3161 TimeStampResp, DER. */
  readonly timestamps: readonly Buffer[];
  /** What was there and could not be read: told if nothing else is there (MUST-NOT-HAPPEN 26). */
  readonly unreadable: readonly string[];
}

/** sigstore-go's caps (GHSA-cq38-jh5f-37mq): more are an attempt to keep the verifier busy. */
export const MAX_LOG_ENTRIES: number = 32;
export const MAX_TIMESTAMPS: number = 32;

interface SignedEntityBase {
  readonly format: 'cosign-simple-signing' | 'cosign-attestation' | 'sigstore-bundle';
  readonly source: SignatureSource;
  readonly signer: SignerClaim;
  readonly time: SigningTimeClaims;
  readonly signature: Buffer;
}

/** A signature over bytes: cosign's simple-signing payload, legacy layer or message-signature bundle. */
export interface SignedMessage extends SignedEntityBase {
  readonly kind: 'message';
  /** The signed bytes; their hash was compared with the layer's digest or they were rebuilt to match it. */
  readonly payload: Buffer;
}

/** A DSSE envelope: cosign's sign statement, or an attestation. */
export interface SignedEnvelope extends SignedEntityBase {
  readonly kind: 'dsse';
  readonly payloadType: string;
  readonly payload: Buffer;
  /**
   * The whole envelope as it was stored, for cosign's `.att` layers: the first logs and timestamps were
   * made over it instead of the signature.
   */
  readonly envelope: Buffer | undefined;
  /** What a long payload says it is about, read and checked as a whole when it was found; or why it is none. */
  readonly head?: StatementHead | string;
}

/** A message-signature bundle: a signature over the manifest itself, whose bytes the bundle does not hold. */
export interface SignedDigest extends SignedEntityBase {
  readonly kind: 'digest';
  /** The signed bytes where they were fetched; without them only SHA-256 signatures can be checked. */
  readonly artifact: Buffer | undefined;
  /** What the bundle says the signed bytes hash to: a hint, compared all the same. */
  readonly messageDigest: { readonly algorithm: string; readonly digest: Buffer } | undefined;
}

/** The one form that every signature format is brought into. */
export type SignedEntity = SignedMessage | SignedEnvelope | SignedDigest;

/** Something at a signature's place that could not be read; told to the user, never hides a good one. */
export interface Oddity {
  readonly source: string;
  readonly message: string;
}

/** All that was found for one digest. Complete only while `problems` is empty. */
export interface DiscoveredSignatures {
  readonly entities: readonly SignedEntity[];
  /** Things that were there and are definitely no readable signature. */
  readonly oddities: readonly Oddity[];
  /** Places that could not be looked at: without a satisfying signature, the answer is "unknown". */
  readonly problems: readonly RegistryError[];
}
