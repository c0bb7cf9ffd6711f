import type { ImageRecord } from './decision.ts';

/** Reasons of `validate` rules, which judge the object as a whole. */
const OF_THE_OBJECT: ReadonlySet<string> = new Set(['PATTERN_MISMATCH', 'RULE_VIOLATED']);

/**
 * The records that are a definite no. A rule that the object does not keep is none while an image could
 * not be looked at: that image may be pinned, and the object fit, as soon as it can.
 */
export function definiteRecords(blocking: readonly ImageRecord[]): readonly ImageRecord[] {
  const unknown = blocking.some(({ verdict }) => verdict.kind === 'error');
  return blocking.filter(
    ({ verdict }) => verdict.kind === 'fail' && !(unknown && OF_THE_OBJECT.has(verdict.reason)),
  );
}
