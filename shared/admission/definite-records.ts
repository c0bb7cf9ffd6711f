import type { ImageRecord } from './decision.ts';

/** Reasons that a pin may take away: of `validate` rules, which judge the object as a whole, and a digest that is missing. */
const UNTIL_PINNED: ReadonlySet<string> = new Set([
  'PATTERN_MISMATCH',
  'RULE_VIOLATED',
  'MISSING_DIGEST',
]);

/**
 * The records that are a definite no. A rule that the object does not keep is none while an image could
 * not be looked at: that image may be pinned, and the object fit, as soon as it can. Neither is that nothing
 * verified an image while another entry of the rule could not be decided for it.
 */
export function definiteRecords(blocking: readonly ImageRecord[]): readonly ImageRecord[] {
  const unknown = blocking.filter(({ verdict }) => verdict.kind === 'error');
  return blocking.filter((record) => {
    const { verdict } = record;
    if (verdict.kind !== 'fail') return false;
    if (verdict.reason === 'UNVERIFIED_IMAGE')
      return !unknown.some((other) => isOfSameRule(other, record));
    return unknown.length === 0 || !UNTIL_PINNED.has(verdict.reason);
  });
}

function isOfSameRule(one: ImageRecord, other: ImageRecord): boolean {
  return one.policy === other.policy && one.rule === other.rule && one.pointer === other.pointer;
}
