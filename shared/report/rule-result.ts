import type { ImageRecord } from '../admission/decision.ts';
import type { Policy, Rule } from '../policy/model.ts';

export const RULE_RESULTS = ['pass', 'fail', 'skip', 'warn', 'error'] as const;

/** What a rule makes of an object or an image, in the words of policy reports. */
export type RuleResult = (typeof RULE_RESULTS)[number];

/** A result, and the records that it rests on. */
export interface ResultWithReasons {
  readonly result: RuleResult;
  readonly decisive: readonly ImageRecord[];
}

/** Sums up what one rule of a policy said (Kyverno 1.19); what a policy without score refuses is a warning. */
export function ruleResult(
  records: readonly ImageRecord[],
  policy: Policy,
  rule: string,
): ResultWithReasons {
  const kind = worstKind(records);
  const found = records.filter(({ verdict }) => verdict.kind === kind);
  const isAsked =
    kind === 'skip' && policy.rules.some((known) => known.name === rule && asksForDigests(known));
  const isUnscored = kind === 'fail' && policy.reporting?.isScored === false;
  return {
    result: isAsked ? 'pass' : isUnscored ? 'warn' : kind,
    decisive: found.length === 0 ? records : found,
  };
}

/** The first kind that is there decides: a definite no comes before what could not be found out. */
const WORST_FIRST = ['fail', 'error', 'pass', 'skip'] as const;

function worstKind(records: readonly ImageRecord[]): (typeof WORST_FIRST)[number] {
  return WORST_FIRST.find((kind) => records.some(({ verdict }) => verdict.kind === kind)) ?? 'skip';
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
