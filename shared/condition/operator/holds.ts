import type { JsonValue } from '../../base/json-value.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import type { ConditionOperator } from './condition-operator.ts';
import { durationCompares } from './duration-compares.ts';
import { equals } from './equals.ts';
import { isFormerMember } from './former-membership.ts';
import { isMember } from './membership.ts';
import { sizeCompares } from './size-compares.ts';

export interface Comparison {
  readonly operator: ConditionOperator;
  readonly key: JsonValue;
  readonly value: JsonValue;
}

/**
 * Whether a comparison without variables holds (Kyverno 1.19). What cannot be compared never holds,
 * whatever the operator: only `NotEquals` takes another type for a difference.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function holds({ operator, key, value }: Comparison, budget: EvaluationBudget): boolean {
  budget.spend();
  return TESTS[operator](key, value, budget);
}

type Test = (key: JsonValue, value: JsonValue, budget: EvaluationBudget) => boolean;

/** NaN, for what has no order, is neither more nor less nor equal. */
const TESTS: Readonly<Record<ConditionOperator, Test>> = {
  Equal: (key, value, budget) => equals(key, value, budget) === true,
  Equals: (key, value, budget) => equals(key, value, budget) === true,
  NotEqual: (key, value, budget) => equals(key, value, budget) === false,
  NotEquals: (key, value, budget) => equals(key, value, budget) === false,
  In: (key, value, budget) => isFormerMember(key, value, budget) === true,
  NotIn: (key, value, budget) => isFormerMember(key, value, budget) === false,
  AnyIn: (key, value, budget) => isMember('AnyIn', { key, value }, budget),
  AllIn: (key, value, budget) => isMember('AllIn', { key, value }, budget),
  AnyNotIn: (key, value, budget) => isMember('AnyNotIn', { key, value }, budget),
  AllNotIn: (key, value, budget) => isMember('AllNotIn', { key, value }, budget),
  GreaterThan: (key, value) => sizeCompares(key, value) > 0,
  GreaterThanOrEquals: (key, value) => sizeCompares(key, value) >= 0,
  LessThan: (key, value) => sizeCompares(key, value) < 0,
  LessThanOrEquals: (key, value) => sizeCompares(key, value) <= 0,
  DurationGreaterThan: (key, value) => durationCompares(key, value) > 0,
  DurationGreaterThanOrEquals: (key, value) => durationCompares(key, value) >= 0,
  DurationLessThan: (key, value) => durationCompares(key, value) < 0,
  DurationLessThanOrEquals: (key, value) => durationCompares(key, value) <= 0,
};
