import type { JsonValue } from '../../base/json-value.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import type { ConditionOperator } from './condition-operator.ts';
import { durationCompares } from './duration-compares.ts';
import { equals } from './equals.ts';
import { isFormerMember } from './former-membership.ts';
import { isMember } from './membership.ts';
import { orderHolds } from './order.ts';
import { sizeCompares } from './size-compares.ts';

export interface Comparison {
  readonly operator: ConditionOperator;
  readonly key: JsonValue;
  readonly value: JsonValue;
}

/**
 * Whether a comparison without variables holds (Kyverno 1.19). What cannot be compared never holds, whatever the
 * operator: only `NotEquals` takes another type for a difference.
 * @throws {ConditionError} TOO_EXPENSIVE
 */
export function holds(comparison: Comparison, budget: EvaluationBudget): boolean {
  budget.spend();
  const { operator, key, value } = comparison;
  switch (operator) {
    case 'Equal':
    case 'Equals':
      return equals(key, value, budget) === true;
    case 'NotEqual':
    case 'NotEquals':
      return equals(key, value, budget) === false;
    case 'In':
      return isFormerMember(key, value, budget) === true;
    case 'NotIn':
      return isFormerMember(key, value, budget) === false;
    case 'AnyIn':
    case 'AllIn':
    case 'AnyNotIn':
    case 'AllNotIn':
      return isMember(operator, comparison, budget);
    default:
      return orderHolds(operator, compared(comparison));
  }
}

function compared({ operator, key, value }: Comparison): number | undefined {
  return operator.startsWith('Duration') ? durationCompares(key, value) : sizeCompares(key, value);
}
