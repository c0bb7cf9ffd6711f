import type { ImageRecord } from './decision.ts';

/** Reasons that a pin may take away: of `validate` rules, which judge the object as a whole, and a digest that is missing. */
const UNTIL_PINNED: ReadonlySet<string> = new Set([
  'PATTERN_MISMATCH',
  'RULE_VIOLATED',
  'MISSING_DIGEST',
]);

/**
 * The records that are a definite no. A rule that the object does not keep is none while an image could
 * not be looked at: that image may be pinned, and the object fit, as soon as it can.
 */
export function definiteRecords(blocking: readonly ImageRecord[]): readonly ImageRecord[] {
  const unknown = blocking.some(({ verdict }) => verdict.kind === 'error');
  return blocking.filter(
    ({ verdict }) => verdict.kind === 'fail' && !(unknown && UNTIL_PINNED.has(verdict.reason)),
  );
}
