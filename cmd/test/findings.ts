import { adviceFor } from '#shared/admission/advice.ts';
import type { Decision, ImageRecord } from '#shared/admission/decision.ts';
import type { Policy, Rule } from '#shared/policy/model.ts';
import type { DeclaredPolicy } from './declared-policy.ts';
import type { RuleResult } from './suite.ts';

/** What one rule made of one object. */
export interface Finding {
  readonly rule: string;
  readonly result: RuleResult;
  /** One fact a line. */
  readonly lines: readonly string[];
}

/** What the rules of one policy made of an object; nothing of a rule that did not apply to it. */
export function findingsOf(
  { records }: Decision,
  policy: Policy | undefined,
  { isScored }: DeclaredPolicy,
): readonly Finding[] {
  if (policy === undefined) return [];
  const name = policy.namespace === undefined ? policy.name : `${policy.namespace}/${policy.name}`;
  const own = records.filter((record) => record.policy === name);
  return [...Map.groupBy(own, ({ rule }) => rule)].map(([rule, ofRule]) => {
    const result = resultOf(
      ofRule,
      policy.rules.find((known) => known.name === rule),
    );
    return {
      rule,
      result: result === 'fail' && !isScored ? 'warn' : result,
      lines: [...new Set(decisive(ofRule, result).flatMap(linesOf))],
    };
  });
}

/** The first kind that is there decides: a definite no comes before what could not be found out. */
const WORST_FIRST = ['fail', 'error', 'pass', 'skip'] as const;

function resultOf(records: readonly ImageRecord[], rule: Rule | undefined): RuleResult {
  const worst = WORST_FIRST.find((kind) => records.some(({ verdict }) => verdict.kind === kind));
  return worst === 'skip' && rule !== undefined && asksForDigests(rule)
    ? 'pass'
    : (worst ?? 'skip');
}

/**
 * Without attestors nothing is verified, which is a skip; but where an entry asks for a digest, and nothing
 * failed, it got what it asked for (Kyverno 1.19 says pass).
 */
function asksForDigests(rule: Rule): boolean {
  return (
    rule.kind === 'verify-images' &&
    rule.entries.every(
      ({ attestors, attestations = [], verifyDigest, mutateDigest }) =>
        attestors.length + attestations.length === 0 && (verifyDigest || mutateDigest),
    )
  );
}

function decisive(records: readonly ImageRecord[], result: RuleResult): readonly ImageRecord[] {
  const found = records.filter(({ verdict }) => verdict.kind === result);
  return found.length === 0 ? records : found;
}

function linesOf({ verdict, isNotary }: ImageRecord): readonly string[] {
  const details = 'details' in verdict ? verdict.details : [];
  const advice = 'reason' in verdict ? [`to do: ${adviceFor(verdict.reason, { isNotary })}`] : [];
  return [verdict.message, ...details, ...advice].map((line) =>
    line.replaceAll(/[\p{Cc}]+/gu, ' '),
  );
}
