import type { VerifyImagesEntry } from '../../policy/model.ts';

/** Whether an entry, or another one of its rule, says anything about what its attestations must say. */
export function hasConditions(
  { attestations = [] }: VerifyImagesEntry,
  ofRule: readonly VerifyImagesEntry[],
): boolean {
  if (attestations.length === 0) return false;
  return (
    ofRule.some(({ deny }) => deny !== undefined) ||
    attestations.some(({ conditions = [] }) => conditions.length > 0)
  );
}
