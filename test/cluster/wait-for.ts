import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MILLISECONDS = 100;

/** Controllers answer within a second; a loaded machine may take many times that. */
const DEFAULT_SECONDS = 60;

export interface WaitOptions {
  /** Default 60. */
  readonly seconds?: number;
  /** Called before each question; what it throws ends the waiting. */
  readonly giveUp?: () => Promise<void>;
}

/**
 * Asks again and again until the answer is not undefined. Something thrown counts as "not yet"; the
 * last one is told when the time is over.
 *
 * @throws {Error} not so within the time
 */
export async function waitFor<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  { seconds = DEFAULT_SECONDS, giveUp }: WaitOptions = {},
): Promise<Answer> {
  const deadline = Date.now() + seconds * 1000;
  let cause: unknown;
  while (Date.now() < deadline) {
    await giveUp?.();
    try {
      const answer = await ask();
      if (answer !== undefined) {
        return answer;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(POLL_MILLISECONDS);
  }
  const last = cause instanceof Error ? `: ${cause.message}` : '';
  throw new Error(`Waited ${seconds} s in vain for ${what}${last}`, { cause });
}
