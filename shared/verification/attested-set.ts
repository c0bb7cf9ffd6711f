import type { Attestor, AttestorSet } from '../policy/model.ts';
import type { SatisfiedEntry } from './count-satisfied.ts';
import { isSingle } from './evaluate-attestors.ts';
import type { AttestorOutcome, VerifiedEntity } from './evidence.ts';
import type { VerifiedStatement } from './verdict.ts';

/**
 * Who attested, and what, in the shape of the policy's attestors: whether a signer counts also hangs on what
 * the statements say.
 */
export interface AttestedSet {
  readonly set: AttestorSet;
  /** The entries that are satisfied by who signed, in the order of the policy. */
  readonly satisfied: readonly AttestedEntry[];
}

export type AttestedEntry =
  ({ readonly kind: 'set' } & AttestedSet) | ({ readonly kind: 'signer' } & AttestedSigner);

export interface AttestedSigner extends SatisfiedEntry {
  /** All that they stated, each to be judged: one good statement does not make up for a bad one. */
  readonly statements: readonly VerifiedStatement[];
}

type Satisfied = Extract<AttestorOutcome, { kind: 'satisfied' }>;

type ReadStatements = (entity: VerifiedEntity) => readonly VerifiedStatement[];

/** What the outcome of a set that is satisfied came from. */
export function attestedSet(
  set: AttestorSet,
  outcome: Satisfied,
  read: ReadStatements,
): AttestedSet {
  const parts = isSingle(set) ? [outcome] : (outcome.parts ?? []);
  const satisfied = set.entries.flatMap((attestor, index) => {
    const part = parts[index];
    return part?.kind === 'satisfied' ? [attestedEntry(attestor, part, read)] : [];
  });
  return { set, satisfied };
}

function attestedEntry(
  attestor: Attestor,
  outcome: Satisfied,
  read: ReadStatements,
): AttestedEntry {
  if (attestor.kind === 'nested')
    return { kind: 'set', ...attestedSet(attestor.set, outcome, read) };
  const { signers, aliases, entities } = outcome;
  return { kind: 'signer', signers, aliases, statements: [...entities].flatMap(read) };
}
