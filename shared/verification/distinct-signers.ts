import type { SignerAlias } from './evidence.ts';

/**
 * How many entries can each be given a signer of their own: a maximum matching, so that one signer never
 * counts twice (MUST-NOT-HAPPEN 9), and no order of entries makes a difference.
 * @param entries the signers that satisfied each entry.
 * @param aliases names that mean the same signer.
 */
export function countDistinctSigners(
  entries: readonly ReadonlySet<string>[],
  aliases: readonly SignerAlias[],
): number {
  const nameOf = canonicalNames(aliases);
  const canonical = entries.map((signers) => new Set([...signers].map(nameOf)));
  const matching = { entries: canonical, entryOf: new Map<string, number>() };
  return canonical.filter((_, index) => assign(index, { ...matching, tried: new Set() })).length;
}

/** One name for each group of names that aliases hold together (union-find). */
function canonicalNames(aliases: readonly SignerAlias[]): (name: string) => string {
  const parents = new Map<string, string>();
  const root = (name: string): string => {
    const parent = parents.get(name);
    return parent === undefined ? name : root(parent);
  };
  for (const [one, other] of aliases) {
    const [from, to] = [root(one), root(other)];
    if (from !== to) parents.set(from, to);
  }
  return root;
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
