import type { Attestor, AttestorSet } from '../policy/model.ts';
import { countSatisfied } from './count-satisfied.ts';
import type { Accepted, AttestorFailure, AttestorOutcome, Evidence, Rejected } from './evidence.ts';
import { judgeSigner, type SignerAttestor } from './judge-signer.ts';

/** Whether a set of attestors is satisfied ({@link countSatisfied}). */
export function evaluateAttestors(set: AttestorSet, evidence: Evidence): AttestorOutcome {
  const [only] = set.entries;
  // Nothing is to be counted, which is what most sets are.
  if (only !== undefined && isSingle(set)) return evaluateAttestor(only, evidence);
  const outcomes = set.entries.map((entry) => evaluateAttestor(entry, evidence));
  const satisfied = outcomes.filter((outcome) => outcome.kind === 'satisfied');
  const { distinct, suffices } = countSatisfied(set, satisfied);
  if (suffices) {
    return {
      kind: 'satisfied',
      signers: new Set(satisfied.flatMap(({ signers }) => [...signers])),
      aliases: satisfied.flatMap(({ aliases }) => aliases),
      facts: satisfied.flatMap(({ facts }) => facts),
      entities: new Set(satisfied.flatMap(({ entities }) => [...entities])),
      parts: outcomes,
    };
  }
  const failures = outcomes.flatMap((outcome) =>
    outcome.kind === 'unsatisfied' ? outcome.failures : [],
  );
  return { kind: 'unsatisfied', failures: [...failures, ...missingCount(set, distinct)] };
}

/** Whether a set is nothing but its one entry. */
export function isSingle({ count, entries }: AttestorSet): boolean {
  return entries.length === 1 && (count === 'all' || count === 1);
}

function missingCount(set: AttestorSet, found: number): readonly AttestorFailure[] {
  if (set.entries.length === 0) {
    return [{ path: set.path, reason: 'NO_ATTESTORS', message: 'no attestors are configured' }];
  }
  if (set.entries.length === 1) return [];
  const wanted =
    set.count === 'all' ? 'all are required' : `${set.count} distinct signers are required`;
  const message = `${found} of ${set.entries.length} attestors verified, ${wanted}`;
  return [{ path: set.path, reason: 'NO_MATCHING_SIGNATURE', message }];
}

function evaluateAttestor(attestor: Attestor, evidence: Evidence): AttestorOutcome {
  if (attestor.kind === 'nested') return evaluateAttestors(attestor.set, evidence);
  return evaluateSigner(attestor, evidence);
}

/** Any one signature suffices; all that do are told, since a threshold counts their signers. */
function evaluateSigner(attestor: SignerAttestor, evidence: Evidence): AttestorOutcome {
  const results = judgeAll(attestor, evidence);
  if (results.length === 0)
    return { kind: 'unsatisfied', failures: [nothingFound(attestor, evidence)] };
  const accepted = results.filter((result) => result.kind === 'accepted');
  if (accepted.length > 0) {
    return {
      kind: 'satisfied',
      signers: new Set(accepted.map(({ signer }) => signer)),
      aliases: accepted.map(({ signer, fact }) => [signer, fact.keyFingerprint] as const),
      facts: accepted.map(({ fact }) => fact),
      entities: new Set(accepted.flatMap(({ entity }) => entity ?? [])),
    };
  }
  return { kind: 'unsatisfied', failures: nearestMiss(attestor.path, results) };
}

/** Each signature that is stored where the attestor looks. */
function judgeAll(attestor: SignerAttestor, evidence: Evidence): readonly (Accepted | Rejected)[] {
  if (attestor.kind === 'notation') return evidence.notation?.get(attestor) ?? [];
  return evidence
    .signaturesIn(attestor.repository)
    .entities.map((entity) =>
      judgeSigner(evidence.cache.of(entity, evidence.digest), attestor, evidence),
    );
}

function nothingFound({ kind, path }: SignerAttestor, { purpose }: Evidence): AttestorFailure {
  if (purpose.kind === 'signature') {
    const message = `no ${kind === 'notation' ? 'Notary Project ' : ''}signatures found`;
    return { path, reason: 'NO_SIGNATURES', message };
  }
  const message = `no attestations found for predicate type ${purpose.predicateType}`;
  return { path, reason: 'NO_ATTESTATIONS', message };
}

/** What cannot be judged yet, for reasons beside the signature itself. */
const OPEN_REASONS: ReadonlySet<AttestorFailure['reason']> = new Set([
  'TRUST_ROOT_UNAVAILABLE',
  'LOG_UNAVAILABLE',
  'LOG_REFUSED',
  'REVOCATION_UNKNOWN',
  'REVOCATION_NOT_CHECKED',
]);

/** The signature that came furthest explains most; but one that could not be judged leaves the answer open. */
function nearestMiss(
  path: string,
  results: readonly (Accepted | Rejected)[],
): readonly AttestorFailure[] {
  const misses = results
    .filter((result) => result.kind === 'rejected')
    .toSorted((a, b) => b.stage - a.stage);
  const nearest = misses.find(({ reason }) => OPEN_REASONS.has(reason)) ?? misses[0];
  if (nearest === undefined) return [];
  const { reason, message, code } = nearest;
  return [{ path, reason, message, ...(code === undefined ? {} : { code }) }];
}
