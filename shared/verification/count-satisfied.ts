import type { AttestorSet } from '../policy/model.ts';
import { countDistinctSigners } from './distinct-signers.ts';
import type { SignerAlias } from './evidence.ts';

/** Who satisfied one entry of a set, under all names. */
export interface SatisfiedEntry {
  readonly signers: ReadonlySet<string>;
  readonly aliases: readonly SignerAlias[];
}

/** How far the entries that are satisfied come. */
export interface SatisfiedCount {
  /** Each entry by a signer of its own. */
  readonly distinct: number;
  readonly suffices: boolean;
}

/**
 * Whether all of a set's entries are satisfied, or `count` of them, each by a signer of its own: one key
 * that is listed twice counts once (MUST-NOT-HAPPEN 9). A set without entries is never satisfied
 * (MUST-NOT-HAPPEN 5).
 */
export function countSatisfied(
  { count, entries }: AttestorSet,
  satisfied: readonly SatisfiedEntry[],
): SatisfiedCount {
  const distinct = countDistinctSigners(
    satisfied.map(({ signers }) => signers),
    satisfied.flatMap(({ aliases }) => aliases),
  );
  const suffices =
    count === 'all'
      ? entries.length > 0 && satisfied.length === entries.length
      : count > 0 && distinct >= count;
  return { distinct, suffices };
}
