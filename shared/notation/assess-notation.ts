import type { Envelope } from './envelope.ts';
import { knownIntegrity, knownTimestamp } from './known-envelopes.ts';
import { metadataProblem, type TargetArtifact, targetProblem } from './notation-payload.ts';
import { failure, isFailure, type NotationFailure } from './notation-reason.ts';
import type { RevocationQuestion } from './revocation.ts';
import type { Check, TrustStatement } from './trust-policy.ts';
import { matchesIdentity } from './trusted-identity.ts';
import type { TimestampRange } from './timestamp-info.ts';
import type { IntactEnvelope } from './verify-integrity.ts';
import { type Certificate, isValidAt } from './certificate.ts';

/** What a signature is judged by. */
export interface NotationRequest {
  readonly target: TargetArtifact;
  readonly statement: TrustStatement;
  /** Milliseconds. */
  readonly now: number;
  /** Pairs that the signed metadata must hold. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** All that can be said about a signature without asking anybody. */
export interface NotationAssessment {
  readonly intact: IntactEnvelope | undefined;
  /** Rules that it breaks, with the check that each belongs to. */
  readonly failures: readonly { readonly check: Check; readonly failure: NotationFailure }[];
  readonly timestamp: AttestedTime | undefined;
  /**
   * Chains whose revocation decides; only trusted ones, since the addresses to ask come from the
   * certificates themselves.
   */
  readonly questions: readonly RevocationQuestion[];
}

/**
 * Judges one signature envelope by a statement of a trust policy, revocation aside. Pure, bounded, never
 * throws. Every check runs, whatever its action: what only gets logged is told as well.
 */
export function assessNotation(
  signature: { readonly envelopeType: string; readonly envelope: Buffer },
  request: NotationRequest,
): NotationAssessment {
  const intact = knownIntegrity(signature.envelopeType, signature.envelope);
  if (isFailure(intact)) return broken(undefined, intact);
  const { envelope, payload } = intact;
  const unfit =
    targetProblem(payload.target, request.target) ??
    metadataProblem(payload, request.metadata ?? {});
  if (unfit !== undefined) return broken(intact, unfit);
  const untrusted = authenticityProblem(envelope, request.statement);
  const time = judgeTime(envelope, request);
  const found: readonly (readonly [Check, NotationFailure | undefined])[] = [
    ['authenticity', untrusted],
    ['expiry', expiryProblem(envelope, request.now)],
    ['authenticTimestamp', time.problem],
  ];
  const failures = found.flatMap(([check, failure]) =>
    failure === undefined ? [] : [{ check, failure }],
  );
  const asks = request.statement.actions.revocation !== 'skip' && untrusted === undefined;
  return {
    intact,
    failures,
    timestamp: time.timestamp,
    questions: asks ? [signingQuestion(envelope), ...time.questions] : [],
  };
}

function broken(intact: IntactEnvelope | undefined, problem: NotationFailure): NotationAssessment {
  const failures = [{ check: 'integrity' as const, failure: problem }];
  return { intact, failures, timestamp: undefined, questions: [] };
}

/** A `ca` store never vouches for a signing authority, nor the other way round (signing-scheme.md). */
function authenticityProblem(
  { scheme, chain }: Envelope,
  { anchors, identities, name }: TrustStatement,
): NotationFailure | undefined {
  const store = scheme === 'notary.x509' ? 'ca' : 'signingAuthority';
  const trusted = new Set(anchors[store].map(({ fingerprint }) => fingerprint));
  if (trusted.size === 0)
    return failure(
      'NO_TRUST_STORE',
      `the signature is of scheme ${scheme}, and policy "${name}" has no trust store of type "${store}"`,
    );
  const [leaf] = chain;
  if (leaf === undefined || !chain.some(({ fingerprint }) => trusted.has(fingerprint)))
    return failure(
      'UNTRUSTED_CERTIFICATE',
      `the certificate of "${leaf?.subject.text}" (root "${chain.at(-1)?.subject.text}") is not issued by a trusted authority`,
    );
  if (identities.some((identity) => matchesIdentity(identity, leaf.subject))) return undefined;
  const wanted = identities.map((identity) => (identity.kind === 'any' ? '*' : identity.text));
  return failure(
    'UNTRUSTED_IDENTITY',
    `signed by "${leaf.subject.text}", policy wants ${wanted.map((text) => `"${text}"`).join(' or ')}`,
  );
}

function expiryProblem({ expiry }: Envelope, now: number): NotationFailure | undefined {
  if (expiry === undefined || now < expiry) return undefined;
  return failure('SIGNATURE_EXPIRED', `the signature expired at ${iso(expiry)}`);
}

/** When a signature was seen, and by whom: the subject of the timestamp authority's certificate. */
interface AttestedTime extends TimestampRange {
  readonly authority: string;
}

interface TimeJudgement {
  readonly problem: NotationFailure | undefined;
  readonly timestamp: AttestedTime | undefined;
  readonly questions: readonly RevocationQuestion[];
}

/** "Validate Trusted Timestamp": every certificate of the chain was valid when the signature was made. */
function judgeTime(envelope: Envelope, { statement, now }: NotationRequest): TimeJudgement {
  const { chain, scheme, signingTime } = envelope;
  if (scheme === 'notary.x509.signingAuthority')
    return only(validityProblem(chain, [signingTime], 'the signing time'));
  const { tsa } = statement.anchors;
  const hasExpired = chain.some(({ notAfter }) => now > notAfter);
  if (tsa === undefined || (statement.verifyTimestamp === 'afterCertExpiry' && !hasExpired))
    return only(validityProblem(chain, [now], 'this time'));
  if (envelope.timestampToken === undefined)
    return only(
      failure('NO_TIMESTAMP', 'the signature has no timestamp, and the policy names an authority'),
    );
  const verified = knownTimestamp(envelope, envelope.timestampToken, tsa);
  if (isFailure(verified)) return only(verified);
  const { from, to } = verified;
  return {
    problem: validityProblem(chain, [from, to], 'the time of the timestamp'),
    timestamp: { from, to, authority: verified.chain[0]?.subject.text ?? '' },
    questions: [{ purpose: 'timestamping', chain: verified.chain, signingTime: undefined }],
  };
}

function only(problem: NotationFailure | undefined): TimeJudgement {
  return { problem, timestamp: undefined, questions: [] };
}

function validityProblem(
  chain: readonly Certificate[],
  times: readonly number[],
  what: string,
): NotationFailure | undefined {
  const bad = chain.find((certificate) => times.some((time) => !isValidAt(certificate, time)));
  if (bad === undefined) return undefined;
  return failure(
    'CERTIFICATE_NOT_VALID',
    `certificate "${bad.subject.text}" is valid from ${iso(bad.notBefore)} to ${iso(bad.notAfter)}, ${what} is ${iso(times[0] ?? 0)}`,
  );
}

function signingQuestion({ chain, scheme, signingTime }: Envelope): RevocationQuestion {
  const isAuthentic = scheme === 'notary.x509.signingAuthority';
  return { purpose: 'signing', chain, signingTime: isAuthentic ? signingTime : undefined };
}

/** Signers write what they like: a number need not be a time that a calendar knows. */
function iso(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? `${time} ms` : date.toISOString();
}
