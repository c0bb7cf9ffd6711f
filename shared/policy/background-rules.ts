import type { Policy, Rule } from './model.ts';

/** The policies that are asked at admission. */
export function admissionPolicies(policies: readonly Policy[]): readonly Policy[] {
  return policies.filter(({ isBackgroundOnly }) => isBackgroundOnly !== true);
}

/** The policies with those of their rules that can judge objects which nobody changes. */
export function backgroundPolicies(policies: readonly Policy[]): readonly Policy[] {
  return policies.flatMap((policy) => {
    const rules = policy.rules.filter((rule) => judgesInBackground(policy, rule));
    return rules.length === 0 ? [] : [{ ...policy, rules }];
  });
}

/**
 * Whether a rule says the same of an object that nobody changes: `background` is not false, and no condition is on
 * who asks.
 */
export function judgesInBackground({ reporting }: Policy, rule: Rule): boolean {
  const { match, exclude } = rule.selection;
  return (
    reporting?.background !== false &&
    [...match.filters, ...(exclude?.filters ?? [])].every(({ user }) => user === undefined)
  );
}
