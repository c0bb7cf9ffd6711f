import { ConditionError } from '../../condition-error.ts';
import type { Overload } from '../library/functions.ts';
import { CelOptional } from '../value/cel-optional.ts';
import { equalValues } from '../value/equal-values.ts';
import { tryEqual } from '../value/try-equal.ts';
import { typeNameOf } from '../value/type-name-of.ts';
import type { Checked, Run } from './checked.ts';
import { dispatch } from './dispatch.ts';

/** Evaluates a call; comparisons are of all values, and `or` looks at its second only where it has to. */
export function runCall(
  name: string,
  candidates: readonly Overload[],
  args: readonly Checked[],
): Run {
  const [left, right] = args;
  const [first] = candidates;
  if (left === undefined || right === undefined) return dispatch(candidates, runsOf(args));
  if (name === '_==_')
    return (frame) => {
      const value = left.run(frame);
      return equalValues(value, right.run(frame), frame.budget);
    };
  if (name === '_!=_')
    return (frame) => {
      const value = left.run(frame);
      return tryEqual(value, right.run(frame), frame.budget) !== true;
    };
  if (name === 'or' && first?.isMethod === true) return runOr(left.run, right.run);
  return dispatch(candidates, runsOf(args));
}

function runsOf(args: readonly Checked[]): readonly Run[] {
  return args.map(({ run }) => run);
}

function runOr(left: Run, right: Run): Run {
  return (frame) => {
    const value = left(frame);
    if (!(value instanceof CelOptional))
      throw new ConditionError('INVALID_ARGUMENT', `no such overload: ${typeNameOf(value)}.or()`);
    return value.value === undefined ? right(frame) : value;
  };
}
