import { formatFault } from '../base/fault.ts';
import { jsonPointer } from '../base/json-pointer.ts';
import type { Rule, UnsupportedRule, ValidateRule } from '../policy/model.ts';
import { imagesOf } from '../policy/read-rule.ts';
import { evaluateValidation } from '../policy/validate/evaluate-validation.ts';
import type { ValidationOutcome } from '../policy/validate/validation-outcome.ts';
import { imagePatternMatches } from '../image/image-pattern.ts';
import type { Verdict } from '../verification/verdict.ts';
import { requestVariable } from './request-variable.ts';
import { type ExaminedObject, imagesFor } from './examined-object.ts';
import { evaluationVerdict, type RuleSession } from './rule-session.ts';
import { podView } from '../workload/pod-view.ts';

/** A verdict on the object as a whole, and the field it is about where one can be named. */
export interface ObjectJudgement {
  readonly verdict: Verdict;
  /** JSON pointer; undefined where the verdict is about no single field. */
  readonly pointer: string | undefined;
}

/** Judges the object, its images already pinned as far as they will be, under a `validate` rule. */
export async function judgeValidation(
  rule: ValidateRule,
  { object, kind }: Pick<ExaminedObject, 'object' | 'kind'>,
  session: RuleSession,
): Promise<ObjectJudgement> {
  const template = rule.view === 'pod-template' ? kind : undefined;
  const evaluate = async (plainMessages: boolean): Promise<ValidationOutcome> =>
    session.evaluate((scope) =>
      evaluateValidation(rule, {
        ...session.evaluation,
        scope,
        plainMessages,
        declare: (entries, below, turn) => session.declare(entries, below, turn),
        object: template === undefined ? object : podView(object, template),
        admission: {
          object,
          oldObject: session.request.oldObject,
          request: requestVariable(session.request),
        },
        pointer: template === undefined ? '' : jsonPointer(template.podTemplate),
      }),
    );
  try {
    return judgementOf(rule, await evaluate(false));
  } catch (error) {
    // A refusal that only its message keeps from being told is one all the same (MUST-NOT-HAPPEN 6).
    const outcome = await evaluate(true).catch(() => undefined);
    if (outcome?.kind === 'fail') return judgementOf(rule, outcome);
    const verdict = evaluationVerdict(`rule ${rule.name} cannot be evaluated`, error);
    return { verdict, pointer: undefined };
  }
}

function judgementOf(rule: ValidateRule, outcome: ValidationOutcome): ObjectJudgement {
  const { message } = outcome;
  switch (outcome.kind) {
    case 'pass':
      return {
        verdict: { kind: 'pass', message, digest: undefined, signatures: [] },
        pointer: undefined,
      };
    case 'skip':
      return { verdict: { kind: 'skip', message, digest: undefined }, pointer: undefined };
    case 'fail': {
      const { pointer, details } = outcome;
      const isPattern = rule.validation.kind.endsWith('pattern');
      const reason = isPattern ? 'PATTERN_MISMATCH' : 'RULE_VIOLATED';
      return { verdict: { kind: 'fail', reason, message, details, digest: undefined }, pointer };
    }
  }
}

/** A rule that this version cannot honour never passes where it applies. */
export function judgeUnsupported(rule: UnsupportedRule): Verdict {
  return {
    kind: 'error',
    reason: 'UNSUPPORTED_POLICY',
    message: `rule ${rule.name} cannot be evaluated by this version, so it cannot pass`,
    details: rule.faults.map(formatFault),
    digest: undefined,
    transient: false,
    retryAfterSeconds: undefined,
  };
}

/** Whether a rule is about one of the images that it sees; a name that cannot be parsed may be any. */
export function concerns(
  rule: Rule,
  examined: Pick<ExaminedObject, 'standard' | 'extracted'>,
): boolean {
  const imageReferences = imagesOf(rule);
  if (imageReferences === undefined) return true;
  return imagesFor(examined, rule).some(
    ({ reference }) =>
      reference === undefined ||
      imageReferences.some((pattern) => imagePatternMatches(pattern, reference)),
  );
}
