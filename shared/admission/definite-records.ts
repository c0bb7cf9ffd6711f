import type { ImageRecord } from './decision.ts';

/**
 * The records that are a definite no. A pattern that the object does not fit is none while an image could
 * not be looked at: that image may be pinned, and the object fit, as soon as it can.
 */
export function definiteRecords(blocking: readonly ImageRecord[]): readonly ImageRecord[] {
  const unknown = blocking.some(({ verdict }) => verdict.kind === 'error');
  return blocking.filter(
    ({ verdict }) => verdict.kind === 'fail' && !(unknown && verdict.reason === 'PATTERN_MISMATCH'),
  );
}
