import type { JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../condition-error.ts';
import type { Evaluation } from '../evaluation.ts';
import type { Scope } from '../scope.ts';
import { evaluate, Missing, ScopeRoot } from './evaluate.ts';
import type { Expression } from './expression.ts';

export interface SearchOptions extends Evaluation {
  /** What a field that is not there gives: null as in JMESPath, or the fault that Kyverno makes of it. */
  readonly missing: 'null' | 'fault';
}

/**
 * The value of an expression in a scope (Kyverno 1.19).
 * @throws {ConditionError} UNRESOLVED_VARIABLE for a field that is not there (with `missing: 'fault'`),
 * INVALID_ARGUMENT, UNSUPPORTED, TOO_EXPENSIVE.
 * @throws {PendingEntry} as the scope does, {PendingHost} as `hosts` does.
 */
export function search(expression: Expression, scope: Scope, options: SearchOptions): JsonValue {
  return settled(evaluate(expression.root, new ScopeRoot(scope), options), options);
}

/** Like {@link search}, on a value instead of a scope: `jmesPath` on what a call answered. */
export function searchValue(
  expression: Expression,
  value: JsonValue,
  options: SearchOptions,
): JsonValue {
  return settled(evaluate(expression.root, value, options), options);
}

function settled(result: JsonValue | Missing, { missing }: SearchOptions): JsonValue {
  if (!(result instanceof Missing)) return result;
  if (missing === 'null') return null;
  throw new ConditionError(
    'UNRESOLVED_VARIABLE',
    `Unknown key ${JSON.stringify(result.key)} in path`,
  );
}
