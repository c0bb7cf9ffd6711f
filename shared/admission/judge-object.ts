import { formatFault } from '../base/fault.ts';
import type { JsonObject } from '../base/json-value.ts';
import { jsonPointer } from '../base/json-pointer.ts';
import { evaluatePattern } from '../policy/pattern/evaluate-pattern.ts';
import type { ImagePatternRule, Rule, UnsupportedRule } from '../policy/model.ts';
import { imagesOf } from '../policy/read-rule.ts';
import { imagePatternMatches } from '../image/image-pattern.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { ExaminedImage } from './examined-object.ts';
import type { WorkloadKind } from '../workload/kinds.ts';
import { podView } from '../workload/pod-view.ts';

/** A verdict on the object as a whole, and the field it is about where one can be named. */
export interface ObjectJudgement {
  readonly verdict: Verdict;
  /** JSON pointer; undefined where the verdict is about no single field. */
  readonly pointer: string | undefined;
}

/** Judges the object, its images already pinned as far as they will be, under a `validate.pattern` rule. */
export function judgePattern(
  rule: ImagePatternRule,
  object: JsonObject,
  kind: WorkloadKind,
): ObjectJudgement {
  const subject = rule.view === 'pod-template' ? podView(object, kind) : object;
  const outcome = evaluatePattern(rule.pattern, subject);
  switch (outcome.kind) {
    case 'pass': {
      const message = `validation rule '${rule.name}' passed`;
      return {
        verdict: { kind: 'pass', message, digest: undefined, signatures: [] },
        pointer: undefined,
      };
    }
    case 'skip': {
      const message = `rule ${rule.name} does not apply to the object`;
      return { verdict: { kind: 'skip', message, digest: undefined }, pointer: undefined };
    }
    case 'fail': {
      const prefix = rule.view === 'pod-template' ? jsonPointer(kind.podTemplate) : '';
      const path = `${prefix}${outcome.path}`;
      return { verdict: patternFailure(rule, path), pointer: path.replace(/\/$/, '') };
    }
  }
}

/** Kyverno's words. */
function patternFailure({ name, message = '' }: ImagePatternRule, path: string): Verdict {
  const said = message === '' ? '' : ` ${message.replace(/\.?$/, '.')}`;
  return {
    kind: 'fail',
    reason: 'PATTERN_MISMATCH',
    message: `validation error:${said} rule ${name} failed at path ${path}`,
    details: [],
    digest: undefined,
  };
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

/** Whether a rule is about one of these images; a name that cannot be parsed may be any. */
export function concerns(rule: Rule, images: readonly ExaminedImage[]): boolean {
  const imageReferences = imagesOf(rule);
  if (imageReferences === undefined) return true;
  return images.some(
    ({ reference }) =>
      reference === undefined ||
      imageReferences.some((pattern) => imagePatternMatches(pattern, reference)),
  );
}
