import type { JudgedNotation } from '../notation/verify-notation.ts';
import { verifyNotation } from '../notation/verify-notation.ts';
import type { NotationOutcome } from '../notation/notation-outcome.ts';
import type { NotationSignature } from '../notation/notation-signature.ts';
import type { NotationReason } from '../notation/notation-reason.ts';
import type { TargetArtifact } from '../notation/notation-payload.ts';
import type { RevocationChecker } from '../notation/revocation.ts';
import { applicableStatement } from '../notation/trust-policy.ts';
import type { NotationAttestor } from '../policy/model.ts';
import type { Accepted, Rejected } from './evidence.ts';
import { rejected, STAGE } from './rejection.ts';
import type { FailureReason, SignatureFact, UnknownReason } from './verdict.ts';

/** Notary Project signatures that were found for one artifact, and what they are judged by besides a policy. */
export interface NotationCase {
  readonly signatures: readonly NotationSignature[];
  readonly target: TargetArtifact;
  /** `registry/path` of the image, which trust policies name. */
  readonly repository: string;
  /** Milliseconds. */
  readonly now: number;
  readonly revocation: RevocationChecker | undefined;
  readonly signal: AbortSignal | undefined;
}

/** How each broken rule is reported, and how far a signature came that breaks it. */
const REASONS: Readonly<
  Record<NotationReason, readonly [FailureReason | UnknownReason, keyof typeof STAGE]>
> = {
  UNSUPPORTED_ENVELOPE: ['FORMAT_NOT_READ', 'format'],
  MALFORMED_ENVELOPE: ['FORMAT_NOT_READ', 'format'],
  UNSUPPORTED_ALGORITHM: ['FORMAT_NOT_READ', 'format'],
  ALGORITHM_MISMATCH: ['NO_MATCHING_SIGNATURE', 'format'],
  UNKNOWN_CRITICAL_HEADER: ['FORMAT_NOT_READ', 'format'],
  UNMARKED_CRITICAL_HEADER: ['FORMAT_NOT_READ', 'format'],
  PLUGIN_REQUIRED: ['FORMAT_NOT_READ', 'format'],
  UNSUPPORTED_SCHEME: ['FORMAT_NOT_READ', 'format'],
  WRONG_TIME_HEADER: ['FORMAT_NOT_READ', 'format'],
  MALFORMED_CERTIFICATE: ['UNTRUSTED_CERTIFICATE', 'signer'],
  INVALID_SIGNATURE: ['NO_MATCHING_SIGNATURE', 'signature'],
  INVALID_CERTIFICATE_CHAIN: ['UNTRUSTED_CERTIFICATE', 'certificate'],
  UNSUPPORTED_PAYLOAD: ['FORMAT_NOT_READ', 'certificate'],
  MALFORMED_PAYLOAD: ['FORMAT_NOT_READ', 'certificate'],
  WRONG_TARGET: ['WRONG_DIGEST', 'certificate'],
  METADATA_MISMATCH: ['ANNOTATION_MISMATCH', 'annotations'],
  NO_TRUST_STORE: ['UNTRUSTED_CERTIFICATE', 'trust'],
  UNTRUSTED_CERTIFICATE: ['UNTRUSTED_CERTIFICATE', 'trust'],
  UNTRUSTED_IDENTITY: ['IDENTITY_MISMATCH', 'identity'],
  SIGNATURE_EXPIRED: ['NO_SIGNING_TIME', 'validity'],
  CERTIFICATE_NOT_VALID: ['NO_SIGNING_TIME', 'validity'],
  NO_TIMESTAMP: ['NO_SIGNING_TIME', 'time'],
  INVALID_TIMESTAMP: ['NO_SIGNING_TIME', 'time'],
  UNTRUSTED_TIMESTAMP: ['NO_SIGNING_TIME', 'time'],
  REVOKED: ['UNTRUSTED_CERTIFICATE', 'transparency'],
  REVOCATION_UNKNOWN: ['REVOCATION_UNKNOWN', 'transparency'],
};

/** What each signature is worth to an attestor. */
export async function judgeNotation(
  attestor: NotationAttestor,
  { signatures, target, repository, now, revocation, signal }: NotationCase,
): Promise<readonly (Accepted | Rejected)[]> {
  if (signatures.length === 0) return [];
  const { statement, metadata } = attestor;
  if (applicableStatement([statement], repository) === undefined)
    return [nobodyTrusted(`trust policy "${statement.name}" is not for repository ${repository}`)];
  const request = { target, statement, metadata, now };
  const verdict = await verifyNotation(signatures, request, { revocation, signal });
  if (verdict.kind === 'skipped')
    return [
      nobodyTrusted(`trust policy "${statement.name}" skips verification, so it trusts nobody`),
    ];
  return verdict.signatures.map(resultOf);
}

function nobodyTrusted(message: string): Rejected {
  return rejected('NO_ATTESTORS', message, STAGE.format);
}

function resultOf({ signature, outcome }: JudgedNotation): Accepted | Rejected {
  switch (outcome.kind) {
    case 'accepted':
      return {
        kind: 'accepted',
        entity: undefined,
        // The key, not the certificate: a renewed certificate is no second signer.
        signer: outcome.facts.keyFingerprint,
        fact: factOf(signature, outcome),
      };
    case 'refused': {
      const { reason, message } = outcome.failure;
      const [coarse, stage] = REASONS[reason];
      return { ...rejected(coarse, message, STAGE[stage]), code: reason };
    }
    case 'undecided': {
      const { reason, message } = outcome.failure;
      const coarse = outcome.transient ? 'REVOCATION_UNKNOWN' : 'REVOCATION_NOT_CHECKED';
      return { ...rejected(coarse, message, STAGE.transparency), code: reason };
    }
  }
}

function factOf(
  { source }: NotationSignature,
  { facts, warnings }: Extract<NotationOutcome, { kind: 'accepted' }>,
): SignatureFact {
  const { signer, root, certificateFingerprint, timestamp } = facts;
  const identity = { subjects: [signer], issuer: root, extensions: {} };
  return {
    format: `notation-${facts.format}`,
    place: source.place,
    keyFingerprint: facts.keyFingerprint,
    annotations: facts.metadata,
    identity: { ...identity, certificate: certificateFingerprint },
    claimedTime: isoTime(facts.signingTime),
    ...(timestamp === undefined
      ? {}
      : {
          timestamps: [{ authority: timestamp.authority, time: isoTime(timestamp.to) }],
        }),
    ...(warnings.length === 0 ? {} : { warnings: warnings.map(({ message }) => message) }),
  };
}

/** A signer's claim can be a number that is no time of any calendar. */
function isoTime(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? `${time} ms` : date.toISOString();
}
