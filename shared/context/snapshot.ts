import type { Clock } from '../base/clock.ts';
import type { JsonValue } from '../base/json-value.ts';
import { EvaluationBudget } from '../condition/evaluation-budget.ts';
import { NO_HOST_ADDRESSES } from '../condition/host-addresses.ts';
import type { Expression } from '../condition/jmespath/expression.ts';
import { searchValue } from '../condition/jmespath/search.ts';

/** Data at one moment; what expressions make of it is worked out once. */
export class Snapshot {
  readonly value: JsonValue;
  readonly #projected = new Map<string, JsonValue>();

  constructor(value: JsonValue) {
    this.value = value;
  }

  /** @throws {ConditionError} */
  projected(expression: Expression, clock: Clock): JsonValue {
    const known = this.#projected.get(expression.text);
    if (known !== undefined) return known;
    const found = searchValue(expression, this.value, {
      budget: new EvaluationBudget(),
      clock,
      hosts: NO_HOST_ADDRESSES,
      missing: 'fault',
    });
    this.#projected.set(expression.text, found);
    return found;
  }
}
