import { setImmediate } from 'node:timers/promises';
import type { AttestorSet } from '../policy/model.ts';
import type { Evidence } from './evidence.ts';
import { judgeSigner, signersOfSets } from './judge-signer.ts';
import { isLong, learnLong } from './learn-long.ts';

/** Other requests get their turn after this, however many signatures an image carries. Milliseconds. */
const MAX_TURN_MS = 5;

/** So few judgements fit into one turn. */
const FEW = 2;

/**
 * Does the cryptography that judging will need, a piece at a time, so that many hostile signatures on one
 * image do not hold up everybody else (MUST-NOT-HAPPEN 26). The judging itself then only compares.
 */
export async function warmEvidence(
  sets: readonly AttestorSet[],
  evidence: Evidence,
): Promise<void> {
  if (fitsOneTurn(sets, evidence)) return;
  const work = signersOfSets(sets).map((attestor) => ({
    attestor,
    entities: evidence.signaturesIn(attestor.repository).entities,
  }));
  let start = performance.now();
  for (const { attestor, entities } of work) {
    for (const entity of entities) {
      const item = evidence.cache.of(entity, evidence.digest);
      if (isLong(entity)) await learnLong(item, attestor, evidence);
      judgeSigner(item, attestor, evidence);
      if (performance.now() - start < MAX_TURN_MS) continue;
      await setImmediate();
      start = performance.now();
    }
  }
}

/** Whether so little is to be judged that nobody else waits for it. Asked with every admission, so without making anything. */
export function fitsOneTurn(sets: readonly AttestorSet[], evidence: Evidence): boolean {
  let judgements = 0;
  for (const { repository } of signersOfSets(sets)) {
    const { entities } = evidence.signaturesIn(repository);
    judgements += entities.length;
    if (judgements > FEW || entities.some(isLong)) return false;
  }
  return true;
}
