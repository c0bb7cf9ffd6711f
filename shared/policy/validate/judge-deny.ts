import { isJsonObject, member } from '../../base/json-value.ts';
import { evaluateConditions, type JudgedCondition } from '../../condition/evaluate-conditions.ts';
import type { DenyValidation } from '../validation.ts';
import { elementPointer } from './element-pointer.ts';
import { excerpt } from './excerpt.ts';
import { ruleMessage } from './rule-message.ts';
import type { ValidationOutcome } from './validation-outcome.ts';
import type { LoopSubject } from './validation-subject.ts';

/**
 * Judges by `deny`: what meets the conditions is refused, and without any everything is (Kyverno 1.19).
 * @throws {ConditionError} where a variable has no value.
 */
export function judgeDeny({ conditions }: DenyValidation, subject: LoopSubject): ValidationOutcome {
  const { name, message = '' } = subject.rule;
  const { holds, message: why, deciding } = evaluateConditions(conditions, subject.scope, subject);
  if (!holds) return { kind: 'pass', message: `validation rule '${name}' passed.` };
  const said = [message, why].filter((text) => text !== '').join('; ');
  return {
    kind: 'fail',
    message: said === '' ? `validation error: rule ${name} failed` : ruleMessage(said, subject),
    pointer: pointerOf(subject),
    details: deciding.slice(0, MAX_DETAILS).map(comparison),
  };
}

/** Rules have a handful of conditions; more lines say no more. */
const MAX_DETAILS = 5;

function comparison({ path, key, operator, value }: JudgedCondition): string {
  return `${path}: ${excerpt(key)} ${operator} ${excerpt(value)}`;
}

/** Conditions name no field; in a loop over containers it is the image that they are about. */
function pointerOf({ object, pointer, element }: LoopSubject): string | undefined {
  const inside = isJsonObject(element) ? elementPointer(object, element) : undefined;
  if (inside === undefined) return undefined;
  const field = typeof member(element, 'image') === 'string' ? '/image' : '';
  return `${pointer}${inside}${field}`;
}
