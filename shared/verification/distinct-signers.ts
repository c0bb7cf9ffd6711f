/**
 * How many entries can each be given a signer of their own: a maximum matching, so that one signer never
 * counts twice (MUST-NOT-HAPPEN 9), and no order of entries makes a difference.
 * @param entries the signers that satisfied each entry.
 */
export function countDistinctSigners(entries: readonly ReadonlySet<string>[]): number {
  const entryOf = new Map<string, number>();
  return entries.filter((_, index) => assign(index, { entries, entryOf, tried: new Set() })).length;
}

interface Matching {
  readonly entries: readonly ReadonlySet<string>[];
  readonly entryOf: Map<string, number>;
  readonly tried: Set<string>;
}

/** Gives an entry a signer, moving others to different ones where that helps (augmenting path). */
function assign(index: number, matching: Matching): boolean {
  for (const signer of matching.entries[index] ?? []) {
    if (matching.tried.has(signer)) continue;
    matching.tried.add(signer);
    const holder = matching.entryOf.get(signer);
    if (holder === undefined || assign(holder, matching)) {
      matching.entryOf.set(signer, index);
      return true;
    }
  }
  return false;
}
