/**
 * Every operator of Kyverno 1.19, spelt as policies spell them: the case counts. With those that are
 * deprecated stands what to write instead.
 */
const REPLACEMENTS = {
  Equals: undefined,
  NotEquals: undefined,
  AnyIn: undefined,
  AllIn: undefined,
  AnyNotIn: undefined,
  AllNotIn: undefined,
  GreaterThan: undefined,
  GreaterThanOrEquals: undefined,
  LessThan: undefined,
  LessThanOrEquals: undefined,
  Equal: '"Equals"',
  NotEqual: '"NotEquals"',
  In: '"AllIn" or "AnyIn"',
  NotIn: '"AllNotIn" or "AnyNotIn"',
  DurationGreaterThan: '"GreaterThan"',
  DurationGreaterThanOrEquals: '"GreaterThanOrEquals"',
  DurationLessThan: '"LessThan"',
  DurationLessThanOrEquals: '"LessThanOrEquals"',
} as const;

export type ConditionOperator = keyof typeof REPLACEMENTS;

export const CONDITION_OPERATORS: readonly ConditionOperator[] = Object.keys(
  REPLACEMENTS,
) as ConditionOperator[];

/** What to write instead of an operator that is deprecated; undefined for the others. */
export function operatorReplacement(operator: ConditionOperator): string | undefined {
  return REPLACEMENTS[operator];
}
