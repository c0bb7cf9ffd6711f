import type { JsonValue } from '#shared/base/json-value.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { type HostAddresses, NO_HOST_ADDRESSES } from '#shared/condition/host-addresses.ts';
import { parseJmespath } from '#shared/condition/jmespath/parse-jmespath.ts';
import { type SearchOptions, searchValue } from '#shared/condition/jmespath/search.ts';

/** The time that functions are told. */
export const NOW: number = Date.parse('2026-11-21T17:00:00Z');

/** Options with a fresh budget. */
export function freshOptions(missing: 'null' | 'fault' = 'fault'): SearchOptions {
  return {
    budget: new EvaluationBudget(),
    clock: { now: () => NOW },
    hosts: NO_HOST_ADDRESSES,
    missing,
  };
}

/** An error as rows of tables write it. */
export interface Refused {
  readonly code: string;
  readonly message: string;
}

/** What an expression gives on a value: the result, or the error that it ends with. */
export function outcomeOf(
  expression: string,
  value: JsonValue = {},
  hosts: HostAddresses = NO_HOST_ADDRESSES,
): JsonValue | Refused {
  try {
    return searchValue(parseJmespath(expression), value, { ...freshOptions(), hosts });
  } catch (thrown) {
    if (!(thrown instanceof ConditionError)) throw thrown;
    return { code: thrown.code, message: thrown.message };
  }
}
