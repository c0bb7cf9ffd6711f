import { adviceFor } from '#shared/admission/advice.ts';
import type { Decision, ImageRecord } from '#shared/admission/decision.ts';
import type { Policy } from '#shared/policy/model.ts';
import { policyKey } from '#shared/policy/policy-key.ts';
import { type RuleResult, ruleResult } from '#shared/report/rule-result.ts';

/** What one rule made of one object. */
export interface Finding {
  readonly rule: string;
  readonly result: RuleResult;
  /** One fact a line. */
  readonly lines: readonly string[];
}

/** What the rules of one policy made of an object; nothing of a rule that did not apply to it. */
export function findingsOf({ records }: Decision, policy: Policy | undefined): readonly Finding[] {
  if (policy === undefined) return [];
  const own = records.filter((record) => record.policy === policyKey(policy));
  return [...Map.groupBy(own, ({ rule }) => rule)].map(([rule, ofRule]) => {
    const { result, decisive } = ruleResult(ofRule, policy, rule);
    return { rule, result, lines: [...new Set(decisive.flatMap(linesOf))] };
  });
}

function linesOf({ verdict, isNotary }: ImageRecord): readonly string[] {
  const details = 'details' in verdict ? verdict.details : [];
  const advice = 'reason' in verdict ? [`to do: ${adviceFor(verdict.reason, { isNotary })}`] : [];
  return [verdict.message, ...details, ...advice].map((line) =>
    line.replaceAll(/[\p{Cc}]+/gu, ' '),
  );
}
