import { ConditionError } from '../../condition-error.ts';
import type { EvaluationBudget } from '../../evaluation-budget.ts';
import { CelMap } from '../value/cel-map.ts';
import { type CelList, type CelValue, isCelList } from '../value/cel-value.ts';
import { CelOpaque, type OpaqueKind } from '../value/cel-opaque.ts';
import { CelOptional } from '../value/cel-optional.ts';
import { CelDuration, CelTimestamp } from '../value/cel-time.ts';
import { CelUint } from '../value/cel-uint.ts';
import { spendList, spendText } from '../value/spend.ts';
import { typeNameOf } from '../value/type-name-of.ts';

/** The arguments of a call, the receiver of a method first; each is what its reader says, or the call fails. */
export class CallArguments {
  readonly budget: EvaluationBudget;
  readonly #values: readonly CelValue[];

  constructor(values: readonly CelValue[], budget: EvaluationBudget) {
    this.#values = values;
    this.budget = budget;
  }

  value(index: number): CelValue {
    const value = this.#values[index];
    if (value === undefined) throw new TypeError(`call without argument ${index}`);
    return value;
  }

  text(index: number): string {
    const value = this.value(index);
    return typeof value === 'string' ? value : this.#refuse(value);
  }

  int(index: number): bigint {
    const value = this.value(index);
    return typeof value === 'bigint' ? value : this.#refuse(value);
  }

  double(index: number): number {
    const value = this.value(index);
    return typeof value === 'number' ? value : this.#refuse(value);
  }

  bool(index: number): boolean {
    const value = this.value(index);
    return typeof value === 'boolean' ? value : this.#refuse(value);
  }

  list(index: number): CelList {
    const value = this.value(index);
    return isCelList(value) ? value : this.#refuse(value);
  }

  uint(index: number): bigint {
    return this.#instance(index, CelUint).value;
  }

  bytes(index: number): Uint8Array {
    return this.#instance(index, Uint8Array);
  }

  map(index: number): CelMap {
    return this.#instance(index, CelMap);
  }

  nanoseconds(index: number): bigint {
    return this.#instance(index, CelDuration).nanoseconds;
  }

  time(index: number): CelTimestamp {
    return this.#instance(index, CelTimestamp);
  }

  optional(index: number): CelOptional {
    return this.#instance(index, CelOptional);
  }

  /** What is in an opaque value of this kind. */
  payload<Payload>(kind: OpaqueKind<Payload>, index: number): Payload {
    const value = this.value(index);
    return value instanceof CelOpaque && value.kind === kind
      ? (value.payload as Payload)
      : this.#refuse(value);
  }

  /** Pays for a text of so many characters. @throws {ConditionError} TOO_EXPENSIVE */
  spendText(characters: number): void {
    spendText(characters, this.budget);
  }

  /** Pays for a list of so many elements. @throws {ConditionError} TOO_EXPENSIVE */
  spendList(elements: number): void {
    spendList(elements, this.budget);
  }

  #instance<Value extends object>(
    index: number,
    type: abstract new (...args: never[]) => Value,
  ): Value {
    const value = this.value(index);
    return value instanceof type ? value : this.#refuse(value);
  }

  #refuse(value: CelValue): never {
    throw new ConditionError('INVALID_ARGUMENT', `no such overload for ${typeNameOf(value)}`);
  }
}
