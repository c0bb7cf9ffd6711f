import type { LoopValidation, Validation } from '../validation.ts';
import { judgeCel } from './judge-cel.ts';
import { judgeDeny } from './judge-deny.ts';
import { judgeForeach } from './judge-foreach.ts';
import { judgeAnyPattern, judgePattern } from './judge-pattern.ts';
import type { ValidationOutcome } from './validation-outcome.ts';
import type { LoopSubject, RuleText, ValidationSubject } from './validation-subject.ts';

/**
 * Judges an object by a `validate` rule (Kyverno 1.19). Of a rule that was generated for workloads the
 * subject is the pod that the template makes, so that nothing of the rule needs to be rewritten but CEL.
 * @throws {ConditionError} where the rule cannot be evaluated: what it would say is not known.
 * @throws {PendingEntry} where a context entry must be fetched first; evaluation then starts anew.
 */
export function evaluateValidation(
  rule: RuleText & { readonly validation: Validation },
  subject: ValidationSubject,
): ValidationOutcome {
  const { validation, name, message } = rule;
  const outermost: LoopSubject = {
    ...subject,
    rule: { name, message },
    target: subject.object,
    element: undefined,
    nesting: 0,
    turn: '',
  };
  return validation.kind === 'cel'
    ? judgeCel(validation, outermost)
    : judgeBody(validation, outermost);
}

function judgeBody(validation: LoopValidation, subject: LoopSubject): ValidationOutcome {
  switch (validation.kind) {
    case 'pattern':
      return judgePattern(validation, subject);
    case 'any-pattern':
      return judgeAnyPattern(validation, subject);
    case 'deny':
      return judgeDeny(validation, subject);
    case 'foreach':
      return judgeForeach(validation, subject, judgeBody);
  }
}
