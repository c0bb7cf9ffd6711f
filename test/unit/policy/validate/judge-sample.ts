import assert from 'node:assert/strict';
import { isJsonObject, type JsonObject, type JsonValue } from '#shared/base/json-value.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { FixedScope } from '#shared/condition/fixed-scope.ts';
import { NO_HOST_ADDRESSES } from '#shared/condition/host-addresses.ts';
import { parseDocuments } from '#shared/document/parse-documents.ts';
import { evaluateValidation } from '#shared/policy/validate/evaluate-validation.ts';
import type { ValidationOutcome } from '#shared/policy/validate/validation-outcome.ts';
import type { ValidationSubject } from '#shared/policy/validate/validation-subject.ts';
import type { ValidateRule } from '#shared/policy/model.ts';
import { ownRule, policyDocument, rule } from '../sample-policy.ts';

/** 2026-01-01, for expressions that ask for the time. */
const CLOCK = { now: () => Date.UTC(2026, 0, 1) };

/** A mapping written as YAML. */
export function yaml(text: string): JsonObject {
  const [document] = parseDocuments(text, 'test.yaml');
  assert.ok(isJsonObject(document?.value));
  return document.value;
}

/** The rule `r` with this `validate`, as it is read from a policy. */
export function validateRule(validate: JsonObject, more: JsonObject = {}): ValidateRule {
  const own = ownRule(policyDocument([rule({ verifyImages: undefined, validate, ...more })]));
  assert.ok(own.kind === 'validate', `found a rule of kind ${own.kind}`);
  return own;
}

export interface JudgeOptions extends Partial<ValidationSubject> {
  /** More names for expressions. */
  readonly values?: JsonObject;
}

/** What a rule makes of an object that is created. */
export function judge(
  own: ValidateRule,
  object: JsonObject,
  { values = {}, ...subject }: JudgeOptions = {},
): ValidationOutcome {
  const request: JsonValue = { operation: 'CREATE', namespace: 'default', object };
  return evaluateValidation(own, {
    object,
    pointer: '',
    scope: new FixedScope({ request, ...values }),
    budget: new EvaluationBudget(),
    clock: CLOCK,
    hosts: NO_HOST_ADDRESSES,
    declare: () => {
      throw new ConditionError('UNSUPPORTED', 'nothing is declared in this test');
    },
    ...subject,
  });
}

/** `pass`, `skip`, the message of a failure, or `error CODE`. */
export function said(own: ValidateRule, object: JsonObject, options?: JudgeOptions): string {
  try {
    const outcome = judge(own, object, options);
    return outcome.kind === 'fail' ? outcome.message : outcome.kind;
  } catch (error) {
    if (error instanceof ConditionError) return `error ${error.code}`;
    throw error;
  }
}

/** A Pod with these containers, by image. */
export function pod(...images: readonly string[]): JsonObject {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  return { metadata: { name: 'p', labels: { app: 'web' } }, spec: { containers } };
}
