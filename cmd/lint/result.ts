import type { Finding, LintedDocument, State } from './finding.ts';

/** What `-o json` prints; fields are only ever added. */
interface LintResult {
  readonly documents: readonly DocumentResult[];
  readonly summary: Readonly<Record<State, number>>;
}

interface DocumentResult {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly state: State;
  /** Rules that are not about images. */
  readonly foreignRules: number;
  readonly findings: readonly Finding[];
}

/** The policies as plain data, with their exceptions; other documents are passed over. */
export function lintResult(documents: readonly LintedDocument[]): LintResult {
  const policies = documents.filter(({ isPolicy }) => isPolicy);
  return {
    documents: policies.map(({ origin, line, name, state, foreignRules, findings }) => ({
      file: origin,
      line,
      name,
      state,
      foreignRules,
      findings,
    })),
    summary: countStates(policies),
  };
}

/** How many documents there are of each state. */
export function countStates(documents: readonly LintedDocument[]): Readonly<Record<State, number>> {
  const counts = { runs: 0, differs: 0, foreign: 0, refused: 0 };
  for (const { state } of documents) counts[state] += 1;
  return counts;
}
