import type { ConditionOperator } from './condition-operator.ts';

/** The operators that compare sizes. */
type Order = Extract<ConditionOperator, `${string}Than${string}`>;

/**
 * What an operator makes of a comparison: `compared` is negative, zero or positive as the key is less, equal or
 * greater, and undefined where the two have no order.
 */
export function orderHolds(operator: Order, compared: number | undefined): boolean {
  if (compared === undefined) return false;
  switch (operator) {
    case 'GreaterThan':
    case 'DurationGreaterThan':
      return compared > 0;
    case 'GreaterThanOrEquals':
    case 'DurationGreaterThanOrEquals':
      return compared >= 0;
    case 'LessThan':
    case 'DurationLessThan':
      return compared < 0;
    case 'LessThanOrEquals':
    case 'DurationLessThanOrEquals':
      return compared <= 0;
  }
}
