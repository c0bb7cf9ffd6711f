import { ConditionError } from '../../condition/condition-error.ts';
import { substitute } from '../../condition/variables/substitute.ts';
import type { LoopSubject } from './validation-subject.ts';

/**
 * A message of a policy with its variables replaced; as its author wrote it where they cannot be.
 * @throws {PendingEntry} as the scope does.
 */
export function ruleMessage(text: string, subject: LoopSubject): string {
  const { scope, budget, clock, hosts, plainMessages = false } = subject;
  if (plainMessages) return text;
  try {
    const message = substitute(text, scope, { budget, clock, hosts, at: ['validate', 'message'] });
    return typeof message === 'string' ? message : text;
  } catch (error) {
    if (error instanceof ConditionError) return text;
    throw error;
  }
}

/** Kyverno's words for a pattern that does not fit: `reason` is which rule, and where. */
export function patternMessage(reason: string, subject: LoopSubject): string {
  const { message = '' } = subject.rule;
  if (message === '') return `validation error: ${reason}`;
  return `validation error: ${ruleMessage(message, subject).replace(/\.?$/, '.')} ${reason}`;
}
