import { type JsonValue, member } from '../base/json-value.ts';
import type { AttestationRequirement } from '../policy/model.ts';
import { readStatement, type Statement } from '../signature/in-toto-statement.ts';
import type { SignedEnvelope } from '../signature/signed-entity.ts';
import { type AttestedSet, attestedSet } from './attested-set.ts';
import { evaluateAttestors } from './evaluate-attestors.ts';
import type { AttestorFailure, Evidence, VerifiedEntity } from './evidence.ts';
import type { SignatureFact, VerifiedStatement } from './verdict.ts';

export type AttestationOutcome =
  | {
      readonly kind: 'satisfied';
      readonly requirement: AttestationRequirement;
      /** Of each set of attestors. */
      readonly sets: readonly AttestedSet[];
      readonly facts: readonly SignatureFact[];
    }
  | {
      readonly kind: 'unsatisfied';
      readonly requirement: AttestationRequirement;
      readonly failures: readonly AttestorFailure[];
    };

/**
 * Whether an image has an attestation of the wanted type, signed as the policy wants: every set of attestors
 * must be satisfied by statements of this type about this digest. Without attestors nobody is trusted, so
 * nothing passes (MUST-NOT-HAPPEN 5, 15).
 */
export function evaluateAttestation(
  requirement: AttestationRequirement,
  evidence: Omit<Evidence, 'purpose'>,
): AttestationOutcome {
  const { predicateType, attestors, path } = requirement;
  const purpose = { kind: 'attestation', predicateType } as const;
  const read = readerOfStatements();
  const outcomes = attestors.map((set) => {
    const outcome = evaluateAttestors(set, { ...evidence, purpose });
    if (outcome.kind === 'unsatisfied') return outcome;
    return { ...outcome, attested: attestedSet(set, outcome, read) };
  });
  const satisfied = outcomes.filter((outcome) => outcome.kind === 'satisfied');
  const failures = outcomes.flatMap((outcome) =>
    outcome.kind === 'unsatisfied' ? outcome.failures : [],
  );
  if (attestors.length === 0) {
    const message = 'no attestors are configured for this attestation';
    failures.push({ path, reason: 'NO_ATTESTORS', message });
  }
  if (failures.length > 0) return { kind: 'unsatisfied', requirement, failures };
  return {
    kind: 'satisfied',
    requirement,
    sets: satisfied.map(({ attested }) => attested),
    facts: satisfied.flatMap(({ facts }) => facts),
  };
}

/** Reads what an entity states, once however many attestors it satisfies. */
function readerOfStatements(): (entity: VerifiedEntity) => readonly VerifiedStatement[] {
  const known = new Map<VerifiedEntity, readonly VerifiedStatement[]>();
  return (entity) => {
    const statements = known.get(entity) ?? readVerified(entity);
    known.set(entity, statements);
    return statements;
  };
}

/** A long one was checked when it was found, and is now known to be of a signer that is trusted. */
function readAgain({ head, payload }: SignedEnvelope): Statement | string {
  if (head === undefined || typeof head === 'string') return 'statement cannot be read';
  const document = JSON.parse(payload.toString('utf8')) as JsonValue;
  return { ...head, predicate: member(document, 'predicate') };
}

function readVerified(entity: VerifiedEntity): readonly VerifiedStatement[] {
  if ('predicateType' in entity) return [entity];
  if (entity.kind !== 'dsse') return [];
  const statement = entity.head === undefined ? readStatement(entity.payload) : readAgain(entity);
  if (typeof statement === 'string') return [];
  const { predicateType, predicate = null } = statement;
  return [{ predicateType, predicate }];
}
