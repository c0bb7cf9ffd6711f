import type { Digest } from '../base/digest.ts';
import type { RegistryError } from '../registry/registry-error.ts';

/** Where a signature was found; for messages and caches, never for trust. */
export interface SignatureSource {
  readonly place: 'signature-tag' | 'referrers-api' | 'fallback-tag';
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
  /** Sigstore `TransparencyLogEntry` JSON objects, or cosign's Rekor bundle brought into that shape. */
  readonly logEntries: readonly unknown[];
  /** RFC 3161 TimeStampResp, DER. */
  readonly timestamps: readonly Buffer[];
}

interface SignedEntityBase {
  readonly format: 'cosign-simple-signing' | 'sigstore-bundle';
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
}

/** The one form that every signature format is brought into. */
export type SignedEntity = SignedMessage | SignedEnvelope;

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
