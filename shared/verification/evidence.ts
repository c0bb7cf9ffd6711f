import type { Digest } from '../base/digest.ts';
import type { NotationReason } from '../notation/notation-reason.ts';
import type { NotationAttestor, SignatureFormats } from '../policy/model.ts';
import type { DiscoveredSignatures, SignedEntity } from '../signature/signed-entity.ts';
import type { TrustMaterial } from '../trust/trust-material.ts';
import type { EvidenceCache } from './evidence-cache.ts';
import type { EvidenceCode } from './evidence-problem.ts';
import type { LogAnswers } from './log-answers.ts';
import type { FailureReason, SignatureFact, UnknownReason, VerifiedStatement } from './verdict.ts';

/** What attestors are asked about: the image's signatures, or its attestations of one type. */
export type EvidencePurpose =
  | { readonly kind: 'signature'; readonly acceptsAnyStatement: boolean }
  | { readonly kind: 'attestation'; readonly predicateType: string };

/** What a set of attestors is judged by; everything was fetched before. */
export interface Evidence {
  readonly digest: Digest;
  readonly formats: SignatureFormats;
  readonly purpose: EvidencePurpose;
  /** Signatures by the repository they are stored in; `undefined` is the image's own. */
  readonly signaturesIn: (repository: string | undefined) => DiscoveredSignatures;
  readonly cache: EvidenceCache;
  /** What Notary Project signatures are worth to each attestor that reads them; judged before. */
  readonly notation?: ReadonlyMap<NotationAttestor, readonly (Accepted | Rejected)[]>;
  /** What logs answered about signatures that bring no entry along; asked before. */
  readonly logAnswers?: LogAnswers;
  /** Trust root by name, `undefined` is the default one; undefined where it could not be had yet. */
  readonly trustRoot: (name: string | undefined) => TrustMaterial | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface AttestorFailure {
  /** Field path of the attestor in its policy. */
  readonly path: string;
  readonly reason: FailureReason | UnknownReason;
  readonly message: string;
  /** What exactly is wrong with the evidence, where that is why. */
  readonly code?: EvidenceCode | NotationReason;
}

export type AttestorOutcome =
  | {
      readonly kind: 'satisfied';
      readonly signers: ReadonlySet<string>;
      /** Names under which one signer is known to different attestors: an identity and the key it signed with. */
      readonly aliases: readonly SignerAlias[];
      readonly facts: readonly SignatureFact[];
      /** What verified, for conditions about attestations. */
      readonly entities: ReadonlySet<VerifiedEntity>;
      /** Of each entry, where several were counted. */
      readonly parts?: readonly AttestorOutcome[];
    }
  | { readonly kind: 'unsatisfied'; readonly failures: readonly AttestorFailure[] };

/** Two names of one signer. */
export type SignerAlias = readonly [string, string];

/** A signed entity, or what a statement says whose own manifest is signed. */
export type VerifiedEntity = SignedEntity | VerifiedStatement;

/** One signature that satisfies one attestor. */
export interface Accepted {
  readonly kind: 'accepted';
  /** Undefined for a signature that says nothing but that it is one. */
  readonly entity: VerifiedEntity | undefined;
  /** Tells signers apart: a key's fingerprint, or issuer and subject of an identity. */
  readonly signer: string;
  readonly fact: SignatureFact;
}

/** One signature that does not; the greater `stage`, the nearer it came. */
export interface Rejected extends Omit<AttestorFailure, 'path'> {
  readonly kind: 'rejected';
  readonly stage: number;
}
