import type { Verdict } from '../verification/verdict.ts';
import type { ApplicableRule } from './applicable-rules.ts';

interface RuleVerdict {
  readonly applicable: ApplicableRule;
  readonly verdict: Verdict;
}

/**
 * `applyRules: One`: of such a policy's rules of one kind only the first that applied counts. A rule whose every
 * judgement is a skip did not apply, and neither did one that only could not find out (Kyverno 1.19): that
 * is told beside the first that did, and ends nothing, since whoever made the object may have brought it about.
 */
export function onlyFirstApplied<Judgement extends RuleVerdict>(
  judgements: readonly Judgement[],
): readonly Judgement[] {
  const first = new Map<string, string>();
  for (const { applicable, verdict } of judgements) {
    const { hash, applyRules } = applicable.policy;
    const isApplied = verdict.kind === 'pass' || verdict.kind === 'fail';
    if (applyRules === 'One' && isApplied && !first.has(hash))
      first.set(hash, applicable.rule.name);
  }
  const reached = new Set<string>();
  return judgements.filter(({ applicable: { policy, rule }, verdict }) => {
    const counts = first.get(policy.hash);
    if (counts === rule.name) reached.add(policy.hash);
    const isBefore = verdict.kind === 'error' && !reached.has(policy.hash);
    return counts === undefined || counts === rule.name || isBefore;
  });
}
