import type { JsonValue } from '../base/json-value.ts';
import type { ConditionOperator } from './operator/condition-operator.ts';

/** One comparison of a policy. `key` and `value` may hold variables anywhere. */
export interface Condition {
  /** Field path, for explanations. */
  readonly path: string;
  readonly key: JsonValue;
  readonly operator: ConditionOperator;
  readonly value: JsonValue;
  /** What the author says about it; empty where nothing. */
  readonly message: string;
}

/** Holds when one of `any` holds, where that is given, and all of `all` hold (Kyverno 1.19). */
export interface ConditionBlock {
  readonly path: string;
  /** An empty list is not the same as none: none of nothing holds. */
  readonly any: readonly Condition[] | undefined;
  readonly all: readonly Condition[];
}

/** All blocks must hold; the older form, a plain list of conditions, is one block with all of them. */
export type Conditions = readonly ConditionBlock[];
