import { ConditionError } from '../condition/condition-error.ts';
import { effectiveMode } from '../policy/effective-mode.ts';
import { matches } from '../policy/match.ts';
import type { Mode, Policy, Rule, VerifyImagesEntry } from '../policy/model.ts';
import { someHolds, type Truth } from '../policy/truth.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { AdmissionRequest } from './admission-request.ts';
import { matchConditionsHold } from './match-conditions.ts';
import { type Doubt, matchUnknown } from './match-unknown.ts';
import type { Fact, KnownFacts } from './request-facts.ts';
import { FactSheet, RequestSubject } from './request-subject.ts';
import type { RuleSession } from './rule-session.ts';

/** A rule that a request is subject to, with the mode it has there. */
export interface ApplicableRule<RuleType extends Rule = Rule> {
  readonly policy: Policy;
  readonly rule: RuleType;
  readonly mode: Mode;
  /** Set where the rule asks for more of the request than its images. */
  readonly session?: RuleSession;
  /** The rule's entries with their variables replaced, where they hold any. */
  readonly entries?: readonly VerifyImagesEntry[];
  /** What its author wants said in reports, with its variables replaced, where it holds any. */
  readonly reportProperties?: Readonly<Record<string, string>>;
}

/** A rule of which it is not known whether it applies, or in which mode: then in the stricter one. */
export interface UndecidedRule extends ApplicableRule {
  /** Why, as an error. */
  readonly problem: Verdict;
}

/** What the policies have to say about a request. */
export interface Applicability {
  readonly rules: readonly ApplicableRule[];
  readonly undecided: readonly UndecidedRule[];
  /** The facts that would decide. */
  readonly missing: ReadonlySet<Fact>;
}

/** What came of asking for facts; nothing at first. */
export interface AskedFacts {
  readonly known?: KnownFacts;
  /** Why others stay unknown. */
  readonly doubts?: readonly Doubt[];
}

/** The rules that select this request; a namespaced policy acts in its namespace only (MUST-NOT-HAPPEN 20). */
export function applicableRules(
  request: AdmissionRequest,
  policies: readonly Policy[],
  { known = {}, doubts = [] }: AskedFacts = {},
): Applicability {
  const facts = new FactSheet(known);
  const subjects = matchSubjects(request, facts);
  const rules: ApplicableRule[] = [];
  const undecided: UndecidedRule[] = [];
  for (const policy of policies) {
    for (const found of rulesOf(policy, request, { subjects, doubts })) {
      if ('problem' in found) undecided.push(found);
      else rules.push(found);
    }
  }
  return { rules, undecided, missing: facts.missing };
}

function rulesOf(
  policy: Policy,
  request: AdmissionRequest,
  { subjects, doubts }: { readonly subjects: Subjects; readonly doubts: readonly Doubt[] },
): readonly (ApplicableRule | UndecidedRule)[] {
  if (!actsIn(policy, request)) return [];
  const found = policy.rules.flatMap((rule) => applies(rule, subjects) ?? []);
  // Conditions in CEL cost more than all the rest, and few policies have some.
  const holds = found.length === 0 ? false : matchConditionsHold(policy, request);
  if (holds === false) return [];
  return found.map(({ rule, mode, isCertain, doubt }) => {
    if (isCertain && holds === true) return { policy, rule, mode };
    const reasons = doubt === undefined ? doubts : [doubt];
    return { policy, rule, mode, problem: matchUnknown(holds === true ? reasons : [holds]) };
  });
}

/** API servers name a Namespace as its own namespace, but it is no more in it than other cluster-wide objects are. */
function actsIn(policy: Policy, { group, kind, namespace }: AdmissionRequest): boolean {
  if (policy.namespace === undefined) return true;
  return policy.namespace === namespace && !(group === '' && kind === 'Namespace');
}

/** Undefined where the rule is not for the request. */
function applies(rule: Rule, subjects: Subjects): FoundRule | undefined {
  const truth = selects(rule, subjects);
  if (truth === false) return undefined;
  const doubt = typeof truth === 'object' ? truth : undefined;
  const mode = effectiveMode(rule.action, subjects[0]);
  return mode === 'unknown'
    ? { rule, mode: 'enforce', isCertain: false, doubt }
    : { rule, mode, isCertain: truth === true, doubt };
}

/** Whoever writes an object can make it too expensive to compare, so trying again does not help. */
function selects({ selection }: Rule, subjects: Subjects): Truth | Doubt {
  try {
    return someHolds(subjects, (subject) => matches(selection, subject));
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    const reason =
      'the names, labels or annotations of the object are too long to compare with those of the rule';
    return { reason, transient: false };
  }
}

interface FoundRule {
  readonly rule: Rule;
  readonly mode: Mode;
  readonly isCertain: boolean;
  /** Set where the object itself is why it is not certain. */
  readonly doubt: Doubt | undefined;
}

type Subjects = readonly [RequestSubject, ...RequestSubject[]];

/** On UPDATE a rule applies if it selects the new or the old object, so no label can be shed. */
function matchSubjects(request: AdmissionRequest, facts: FactSheet): Subjects {
  const now = new RequestSubject(request, request.object, facts);
  if (request.operation !== 'UPDATE' || request.oldObject === undefined) return [now];
  return [now, new RequestSubject(request, request.oldObject, facts)];
}
