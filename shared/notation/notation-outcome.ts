import { createHash } from 'node:crypto';
import type { NotationAssessment, NotationRequest } from './assess-notation.ts';
import { failure, type NotationFailure } from './notation-reason.ts';
import type { RevocationAnswer } from './revocation.ts';
import type { Check } from './trust-policy.ts';

/** Who signed, when and with what, as far as the envelope is intact; trusted only where it was accepted. */
export interface NotationFacts {
  readonly format: 'jws' | 'cose';
  readonly algorithm: string;
  readonly scheme: string;
  /** Subject of the signing certificate. */
  readonly signer: string;
  /** Subject of the last certificate of the chain. */
  readonly root: string;
  /** SHA-256 of the signing certificate, hex. */
  readonly certificateFingerprint: string;
  /** SHA-256 of the signing key's SubjectPublicKeyInfo, hex: the same for a renewed certificate. */
  readonly keyFingerprint: string;
  /** Milliseconds, as all times here. The signer's own claim in scheme `notary.x509`. */
  readonly signingTime: number;
  readonly expiry: number | undefined;
  /** When a trusted timestamp authority saw the signature. */
  readonly timestamp: NotationAssessment['timestamp'];
  readonly metadata: Readonly<Record<string, string>>;
  readonly signingAgent: string | undefined;
}

/** A broken rule that the policy only wants to hear about. */
export interface NotationWarning extends NotationFailure {
  readonly check: Check;
}

export type NotationOutcome =
  /** The policy accepts the signature; `warnings` are the checks it failed that the policy only logs. */
  | {
      readonly kind: 'accepted';
      readonly facts: NotationFacts;
      readonly warnings: readonly NotationWarning[];
    }
  | {
      readonly kind: 'refused';
      readonly failure: NotationFailure;
      readonly check: Check;
      readonly facts: NotationFacts | undefined;
    }
  /** An enforced check could not be made: neither yes nor no. */
  | {
      readonly kind: 'undecided';
      readonly failure: NotationFailure;
      readonly check: Check;
      readonly facts: NotationFacts | undefined;
      readonly transient: boolean;
    };

interface Finding {
  readonly check: Check;
  readonly failure: NotationFailure;
  /** Undefined for a definite no; else whether asking again soon can help. */
  readonly transient?: boolean;
}

/**
 * What a statement makes of an assessment once its questions are answered, one answer for each in order.
 * A definite no beats what could not be found out.
 */
export function concludeNotation(
  assessment: NotationAssessment,
  answers: readonly RevocationAnswer[],
  { statement }: Pick<NotationRequest, 'statement'>,
): NotationOutcome {
  const findings: readonly Finding[] = [
    ...assessment.failures,
    ...revocations(assessment, answers),
  ];
  const enforced = findings.filter(({ check }) => statement.actions[check] !== 'log');
  const decisive = enforced.find(({ transient }) => transient === undefined) ?? enforced[0];
  const facts = factsOf(assessment);
  if (decisive !== undefined) {
    const { check, failure, transient } = decisive;
    return transient === undefined
      ? { kind: 'refused', failure, check, facts }
      : { kind: 'undecided', failure, check, facts, transient };
  }
  if (facts === undefined) {
    const missing = failure('MALFORMED_ENVELOPE', 'the envelope was not verified');
    return { kind: 'refused', failure: missing, check: 'integrity', facts };
  }
  const warnings = findings.map(({ check, failure }) => ({ check, ...failure }));
  return { kind: 'accepted', facts, warnings };
}

/** A timestamp authority's revocation is part of the timestamp check, as in notation. */
function revocations(
  { questions }: NotationAssessment,
  answers: readonly RevocationAnswer[],
): readonly Finding[] {
  return questions.flatMap(({ purpose }, index): readonly Finding[] => {
    const check = purpose === 'signing' ? 'revocation' : 'authenticTimestamp';
    const answer: RevocationAnswer = answers[index] ?? {
      kind: 'unknown',
      message: 'the revocation status was not asked for',
      transient: false,
    };
    switch (answer.kind) {
      case 'good':
        return [];
      case 'revoked':
        return [{ check, failure: failure('REVOKED', answer.message) }];
      case 'unknown':
        return [
          {
            check,
            failure: failure('REVOCATION_UNKNOWN', answer.message),
            transient: answer.transient,
          },
        ];
    }
  });
}

function factsOf({ intact, timestamp }: NotationAssessment): NotationFacts | undefined {
  const [leaf] = intact?.envelope.chain ?? [];
  if (intact === undefined || leaf === undefined) return undefined;
  const { envelope, payload } = intact;
  return {
    format: envelope.format,
    algorithm: envelope.algorithm.jws,
    scheme: envelope.scheme,
    signer: leaf.subject.text,
    root: envelope.chain.at(-1)?.subject.text ?? '',
    certificateFingerprint: leaf.fingerprint,
    keyFingerprint: createHash('sha256').update(leaf.spki.raw).digest('hex'),
    signingTime: envelope.signingTime,
    expiry: envelope.expiry,
    timestamp,
    metadata: payload.metadata,
    signingAgent: envelope.signingAgent,
  };
}
