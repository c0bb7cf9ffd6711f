import type { Verdict } from '../verification/verdict.ts';

/** Why it is not known whether a rule is for a request. */
export interface Doubt {
  readonly reason: string;
  /** Whether trying again can help. */
  readonly transient: boolean;
}

/** A match that cannot be decided is an error, never "does not match" (MUST-NOT-HAPPEN 18). */
export function matchUnknown(doubts: readonly Doubt[]): Verdict {
  return {
    kind: 'error',
    reason: 'MATCH_UNKNOWN',
    message: `could not find out whether the rule is for this request: ${doubts.map(({ reason }) => reason).join('; ')}`,
    details: [],
    digest: undefined,
    transient: doubts.every(({ transient }) => transient),
    retryAfterSeconds: undefined,
  };
}
