import type { JsonObject } from '#shared/base/json-value.ts';
import type { Operation } from '#shared/policy/model.ts';
import { OPERATION_VALUE, type SuiteValues } from './suite-values.ts';

/**
 * What is given to all rules of a policy for one object, the later before the earlier: what is for
 * everything, then what is for the object (Kyverno 1.19). The operation is told apart.
 */
export function objectValues(
  values: SuiteValues,
  policy: string,
  object: string,
): readonly JsonObject[] {
  return written(values, policy, object).map((one) => {
    const { [OPERATION_VALUE]: _operation, ...rest } = one;
    return rest;
  });
}

/** What is done to the object where the test itself does not say. */
export function operationOf(values: SuiteValues, policy: string, object: string): Operation {
  const given = written(values, policy, object).findLast((one) => OPERATION_VALUE in one);
  // Checked when the values were read.
  return (given?.[OPERATION_VALUE] ?? 'CREATE') as Operation;
}

function written(
  { globals, policies }: SuiteValues,
  policy: string,
  object: string,
): readonly JsonObject[] {
  const own = policies
    .filter(({ name }) => name === policy)
    .flatMap(({ resources }) => resources.filter(({ name }) => name === object));
  return [globals, ...own.map(({ values }) => values)];
}
