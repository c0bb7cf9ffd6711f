import type { JsonValue } from '../../base/json-value.ts';
import { substitute } from '../../condition/variables/substitute.ts';
import { evaluatePattern, type PatternOutcome } from '../pattern/evaluate-pattern.ts';
import type { AnyPatternValidation, PatternValidation } from '../validation.ts';
import { elementPointer } from './element-pointer.ts';
import { patternMessage } from './rule-message.ts';
import type { ValidationOutcome } from './validation-outcome.ts';
import type { LoopSubject } from './validation-subject.ts';

/**
 * Judges by `pattern`, its variables replaced first (Kyverno 1.19).
 * @throws {ConditionError} where a variable has no value.
 */
export function judgePattern(
  { pattern }: PatternValidation,
  subject: LoopSubject,
): ValidationOutcome {
  const { name } = subject.rule;
  const filled = fill(pattern, subject);
  const outcome = evaluatePattern(filled, subject.target, subject.budget);
  switch (outcome.kind) {
    case 'pass':
      return { kind: 'pass', message: `validation rule '${name}' passed.` };
    case 'skip':
      return { kind: 'skip', message: `rule ${name} does not apply to the object` };
    case 'fail':
      return {
        kind: 'fail',
        message: patternMessage(
          `rule ${name} failed at path ${shownPath(outcome, subject)}`,
          subject,
        ),
        pointer: pointerOf(outcome, subject),
        details: [],
      };
  }
}

/**
 * Judges by `anyPattern`: one that fits is enough, and one that is not for the object is not one that fits
 * (Kyverno 1.19). Variables of all of them are replaced first.
 * @throws {ConditionError} where a variable has no value, also in a pattern that would not be needed.
 */
export function judgeAnyPattern(
  { patterns }: AnyPatternValidation,
  subject: LoopSubject,
): ValidationOutcome {
  const { name } = subject.rule;
  // One document: references lead from one pattern to another.
  const filled = fill(patterns, subject) as readonly JsonValue[];
  const failures: Failure[] = [];
  for (const [index, pattern] of filled.entries()) {
    const outcome = evaluatePattern(pattern, subject.target, subject.budget);
    if (outcome.kind === 'pass')
      return { kind: 'pass', message: `validation rule '${name}' anyPattern[${index}] passed.` };
    if (outcome.kind === 'fail') failures.push({ ...outcome, index });
  }
  const [first] = failures;
  if (first === undefined)
    return { kind: 'skip', message: `rule ${name} does not apply to the object` };
  const reasons = failures.map(
    (failure) => `rule ${name}[${failure.index}] failed at path ${shownPath(failure, subject)}`,
  );
  const pointers = new Set(failures.map((failure) => pointerOf(failure, subject)));
  return {
    kind: 'fail',
    message: patternMessage(reasons.join(' '), subject),
    pointer: pointers.size === 1 ? pointerOf(first, subject) : undefined,
    details: [],
  };
}

type PatternFailure = Extract<PatternOutcome, { kind: 'fail' }>;
type Failure = PatternFailure & { readonly index: number };

/** What stands around a pattern counts in no path of it. */
function fill(pattern: JsonValue, { scope, budget, clock, hosts }: LoopSubject): JsonValue {
  return substitute(pattern, scope, { budget, clock, hosts });
}

/** In a loop paths start at the element. */
function shownPath({ path }: PatternFailure, { nesting, pointer }: LoopSubject): string {
  return nesting === 0 ? `${pointer}${path}` : path;
}

function pointerOf(
  { path }: PatternFailure,
  { object, target, pointer }: LoopSubject,
): string | undefined {
  const inside = elementPointer(object, target);
  return inside === undefined ? undefined : `${pointer}${inside}${path}`.replace(/\/$/, '');
}
