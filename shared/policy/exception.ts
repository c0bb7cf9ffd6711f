import { wildcardMatches } from '../base/wildcard.ts';
import type { Conditions } from '../condition/condition.ts';
import type { Policy, Rule, Selection } from './model.ts';
import { policyKey } from './policy-key.ts';

/** Takes objects, or only some of their images, out of rules that somebody else wrote. */
export interface PolicyException {
  readonly namespace: string;
  readonly name: string;
  /** The objects it is for. */
  readonly match: Selection;
  /** What must hold of the request besides; undefined where nothing must. */
  readonly conditions?: Conditions | undefined;
  /** The rules it is for; names may have wildcards. */
  readonly policies: readonly ExceptedRules[];
  /** Patterns of the images it is for; undefined for the object as a whole. */
  readonly images: readonly string[] | undefined;
}

export interface ExceptedRules {
  /** `name`, or `namespace/name` for policies of a namespace. */
  readonly policyName: string;
  /** Generated rules have to be named too: `autogen-<rule>`. */
  readonly ruleNames: readonly string[];
}

/** Whether the exception is for this rule: only names of rules are patterns (Kyverno 1.19). */
export function exceptsRule(
  { policies }: PolicyException,
  policy: Pick<Policy, 'namespace' | 'name'>,
  rule: Pick<Rule, 'name'>,
): boolean {
  const key = policyKey(policy);
  return policies.some(
    ({ policyName, ruleNames }) =>
      policyName === key && ruleNames.some((pattern) => wildcardMatches(pattern, rule.name)),
  );
}
