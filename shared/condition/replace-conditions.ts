import { type JsonObject, type JsonValue, member } from '../base/json-value.ts';
import { ConditionError } from './condition-error.ts';
import type { Condition, Conditions } from './condition.ts';
import type { Evaluation } from './evaluation.ts';
import { isList } from './is-list.ts';
import type { Scope } from './scope.ts';
import { substitute } from './variables/substitute.ts';

/**
 * Conditions with every variable and reference replaced before anything is compared, those of messages too:
 * one that has no value is an error, also where another condition would have decided. So Kyverno 1.19
 * treats the conditions of attestations, and no others.
 * @throws {ConditionError} where a variable has no value.
 * @throws {PendingEntry} as the scope does.
 */
export function replaceConditions(
  conditions: Conditions,
  scope: Scope,
  evaluation: Evaluation,
): Conditions {
  const document = conditions.map(({ any, all }) => ({
    ...(any === undefined ? {} : { any: any.map(written) }),
    ...(all.length === 0 ? {} : { all: all.map(written) }),
  }));
  const blocks = itemsOf(replaced(document, scope, evaluation));
  return conditions.map((block, index) => {
    const { any, all } = block;
    const inPlace = (list: readonly Condition[], key: 'any' | 'all'): readonly Condition[] => {
      const values = itemsOf(member(blocks[index], key));
      return list.map((condition, at) => filled(condition, values[at]));
    };
    return {
      ...block,
      any: any === undefined ? undefined : inPlace(any, 'any'),
      all: inPlace(all, 'all'),
    };
  });
}

/** As Kyverno sees it: references inside conditions find their way by these names. */
function written({ key, operator, value, message }: Condition): JsonObject {
  return { key, operator, value, ...(message === '' ? {} : { message }) };
}

function replaced(document: JsonValue, scope: Scope, evaluation: Evaluation): JsonValue {
  try {
    return substitute(document, scope, evaluation);
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    const message = `failed to substitute variables in attestation conditions: ${error.message}`;
    throw new ConditionError(error.code, message, { cause: error });
  }
}

function itemsOf(value: JsonValue | undefined): readonly JsonValue[] {
  return value !== undefined && isList(value) ? value : [];
}

function filled(condition: Condition, value: JsonValue | undefined): Condition {
  const message = member(value, 'message') ?? '';
  if (typeof message !== 'string')
    throw new ConditionError(
      'INVALID_ARGUMENT',
      `the message of ${condition.path} must be text: found ${JSON.stringify(message)}`,
    );
  return {
    ...condition,
    key: member(value, 'key') ?? null,
    value: member(value, 'value') ?? null,
    message,
  };
}
