import { ConditionError } from '../../condition-error.ts';
import { CelOptional, NONE } from '../value/cel-optional.ts';
import { typeNameOf } from '../value/type-name-of.ts';
import { type Run, withLocal } from './checked.ts';

/** Evaluates `optMap`, and `optFlatMap` whose body gives an optional value itself. */
export function runOptionalMap(parts: {
  readonly operand: Run;
  readonly name: string;
  readonly body: Run;
  readonly isFlat: boolean;
}): Run {
  const { operand, name, body, isFlat } = parts;
  return (frame) => {
    const value = operand(frame);
    if (!(value instanceof CelOptional))
      throw new ConditionError(
        'INVALID_ARGUMENT',
        `no such overload: ${typeNameOf(value)}.optMap()`,
      );
    if (value.value === undefined) return NONE;
    const result = body(withLocal(frame, name, value.value));
    return isFlat ? result : new CelOptional(result);
  };
}
