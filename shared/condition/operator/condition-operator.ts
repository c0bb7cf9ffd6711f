/** Every operator of Kyverno 1.19, spelt as policies spell them: the case counts. */
export const CONDITION_OPERATORS = [
  'Equals',
  'NotEquals',
  'AnyIn',
  'AllIn',
  'AnyNotIn',
  'AllNotIn',
  'GreaterThan',
  'GreaterThanOrEquals',
  'LessThan',
  'LessThanOrEquals',
  'Equal',
  'NotEqual',
  'In',
  'NotIn',
  'DurationGreaterThan',
  'DurationGreaterThanOrEquals',
  'DurationLessThan',
  'DurationLessThanOrEquals',
] as const;

export type ConditionOperator = (typeof CONDITION_OPERATORS)[number];

/** What to write instead of an operator that Kyverno calls deprecated; undefined for the others. */
export function operatorReplacement(operator: ConditionOperator): string | undefined {
  switch (operator) {
    case 'Equal':
      return '"Equals"';
    case 'NotEqual':
      return '"NotEquals"';
    case 'In':
      return '"AllIn" or "AnyIn"';
    case 'NotIn':
      return '"AllNotIn" or "AnyNotIn"';
    case 'DurationGreaterThan':
    case 'DurationGreaterThanOrEquals':
    case 'DurationLessThan':
    case 'DurationLessThanOrEquals':
      return `"${operator.slice('Duration'.length)}"`;
    default:
      return undefined;
  }
}
