import type { ImageJudgement } from './judge-images.ts';

/**
 * `applyRules: One`: of such a policy only the first rule that applied counts; a rule whose every
 * judgement is a skip did not apply.
 */
export function onlyFirstApplied(judgements: readonly ImageJudgement[]): readonly ImageJudgement[] {
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
