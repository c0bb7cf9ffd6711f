import { setImmediate } from 'node:timers/promises';
import type { AttestorSet } from '../policy/model.ts';
import type { Evidence } from './evidence.ts';
import { judgeSigner, signersOf } from './judge-signer.ts';

/** Other requests get their turn after this, however many signatures an image carries. Milliseconds. */
const MAX_TURN_MS = 5;

/**
 * Does the cryptography that judging will need, a piece at a time, so that many hostile signatures on one
 * image do not hold up everybody else (MUST-NOT-HAPPEN 26). The judging itself then only compares.
 */
export async function warmEvidence(
  sets: readonly AttestorSet[],
  evidence: Evidence,
): Promise<void> {
  let start = performance.now();
  for (const attestor of sets.flatMap(({ entries }) => signersOf(entries))) {
    for (const entity of evidence.signaturesIn(attestor.repository).entities) {
      judgeSigner(evidence.cache.of(entity, evidence.digest), attestor, evidence);
      if (performance.now() - start < MAX_TURN_MS) continue;
      await setImmediate();
      start = performance.now();
    }
  }
}
