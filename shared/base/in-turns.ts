import { setImmediate } from 'node:timers/promises';

/** Others get their turn after this. Milliseconds. */
const MAX_TURN_MS = 4;

/**
 * Does long work a few milliseconds at a time, so that it holds up nobody else (MUST-NOT-HAPPEN 26).
 * @param step a piece of the work, well below a millisecond; whether it was the last one.
 */
export async function inTurns(step: () => boolean): Promise<void> {
  let start = performance.now();
  while (!step()) {
    if (performance.now() - start < MAX_TURN_MS) continue;
    await setImmediate();
    start = performance.now();
  }
}
