import type { Verdict } from '../verification/verdict.ts';
import type { ApplicableRule } from './applicable-rules.ts';

interface RuleVerdict {
  readonly applicable: ApplicableRule;
  readonly verdict: Verdict;
}

/**
 * `applyRules: One`: of such a policy's rules of one kind only the first that applied counts; a rule whose
 * every judgement is a skip did not apply.
 */
export function onlyFirstApplied<Judgement extends RuleVerdict>(
  judgements: readonly Judgement[],
): readonly Judgement[] {
  const first = new Map<string, string>();
  for (const { applicable, verdict } of judgements) {
    const { hash, applyRules } = applicable.policy;
    if (applyRules === 'One' && verdict.kind !== 'skip' && !first.has(hash))
      first.set(hash, applicable.rule.name);
  }
  return judgements.filter(({ applicable }) => {
    const counts = first.get(applicable.policy.hash);
    return counts === undefined || counts === applicable.rule.name;
  });
}
