import assert from 'node:assert/strict';
import type { AttestedEntry, AttestedSet } from '#shared/verification/attested-set.ts';
import type { Verdict, VerifiedStatement } from '#shared/verification/verdict.ts';

/** What verified of all attestations, each statement once. */
export function statementsOf(verdict: Verdict): readonly VerifiedStatement[] {
  assert(verdict.kind === 'pass', JSON.stringify(verdict));
  const all = (verdict.attestations ?? []).flat().flatMap(({ sets }) => sets.flatMap(ofSet));
  return [...new Set(all)];
}

function ofSet({ satisfied }: AttestedSet): readonly VerifiedStatement[] {
  return satisfied.flatMap((entry: AttestedEntry) =>
    entry.kind === 'set' ? ofSet(entry) : entry.statements,
  );
}
