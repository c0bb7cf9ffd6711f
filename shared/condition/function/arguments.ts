import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json-value.ts';
import { isList } from '../is-list.ts';
import { ArgumentFault } from './argument-fault.ts';
import { typeOf } from './argument-type.ts';
import { type Argument, ExpressionReference } from './argument.ts';

/** The arguments of a call, read by index; each method throws {@link ArgumentFault} for another type. */
export class Arguments {
  readonly all: readonly Argument[];

  constructor(all: readonly Argument[]) {
    this.all = all;
  }

  text(index: number): string {
    const value = this.all[index];
    if (typeof value !== 'string') throw this.wrongType(index, 'string');
    return value;
  }

  number(index: number): number {
    const value = this.all[index];
    if (typeof value !== 'number') throw this.wrongType(index, 'number');
    return value;
  }

  list(index: number): readonly JsonValue[] {
    const value = this.all[index];
    if (!isList(value)) throw this.wrongType(index, 'array');
    return value;
  }

  object(index: number): JsonObject {
    const value = this.all[index];
    if (!isJsonObject(value) || value instanceof ExpressionReference)
      throw this.wrongType(index, 'object');
    return value;
  }

  reference(index: number): ExpressionReference {
    const value = this.all[index];
    if (!(value instanceof ExpressionReference)) throw this.wrongType(index, 'expression');
    return value;
  }

  /** Any value but an expression. */
  value(index: number): JsonValue {
    const value = this.all[index];
    if (value === undefined || value instanceof ExpressionReference)
      throw this.wrongType(index, 'any');
    return value;
  }

  wrongType(index: number, expected: string): ArgumentFault {
    const found = typeOf(this.all[index]);
    return new ArgumentFault(`argument ${index + 1} is of type ${found}, expected ${expected}`);
  }
}
