import { messageOf } from '../base/coded-error.ts';
import type { Policy } from '../policy/model.ts';
import type { AdmissionRequest } from './admission-request.ts';
import { type Applicability, applicableRules } from './applicable-rules.ts';
import type { Doubt } from './match-unknown.ts';
import type { Fact, KnownFacts } from './request-facts.ts';

const TITLES: Readonly<Record<Fact, string>> = {
  namespaceLabels: 'labels of its namespace',
  roles: 'roles of the user who asks',
};

export interface DecideWithFactsOptions {
  readonly policies: readonly Policy[];
  /** What was found without asking. */
  readonly first: Applicability;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Learns the facts that rules hang on, until all are decided or nothing more can be learned. What cannot be
 * learned leaves rules undecided.
 */
export async function decideWithFacts(
  request: AdmissionRequest,
  { policies, first, signal }: DecideWithFactsOptions,
): Promise<Applicability> {
  const doubts = new Map<Fact, Doubt>();
  let known: KnownFacts = {};
  let current = first;
  for (;;) {
    const wanted = [...current.missing].filter((fact) => !doubts.has(fact));
    if (wanted.length === 0) return current;
    const answers = await Promise.all(
      wanted.map(async (fact) => [fact, await learnFact(request, fact, signal)] as const),
    );
    for (const [fact, answer] of answers) {
      if ('reason' in answer) doubts.set(fact, answer);
      else known = { ...known, ...answer };
    }
    current = applicableRules(request, policies, { known, doubts: [...doubts.values()] });
  }
}

/** Asks for one fact; why it stays unknown is a value. */
export async function learnFact(
  { facts }: AdmissionRequest,
  fact: Fact,
  signal: AbortSignal | undefined,
): Promise<KnownFacts | Doubt> {
  const reason = `the ${TITLES[fact]} are not known`;
  if (facts === undefined) return { reason, transient: false };
  try {
    return fact === 'roles'
      ? { roles: await facts.roles(signal) }
      : { namespaceLabels: await facts.namespaceLabels(signal) };
  } catch (error) {
    return { reason: `${reason}: ${messageOf(error)}`, transient: true };
  }
}
