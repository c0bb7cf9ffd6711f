import { ConditionError } from '../../condition-error.ts';
import { CallArguments } from '../library/call-arguments.ts';
import type { Overload } from '../library/functions.ts';
import type { CelType } from '../type/cel-type.ts';
import { CelMap } from '../value/cel-map.ts';
import { type CelValue, isCelList } from '../value/cel-value.ts';
import { typeNameOf } from '../value/type-name-of.ts';
import type { Run } from './checked.ts';

/**
 * Calls the first overload whose types the arguments have; a single one looks at its arguments itself.
 * @param overloads not empty
 */
export function dispatch(overloads: readonly Overload[], args: readonly Run[]): Run {
  return (frame) => {
    const values = args.map((run) => run(frame));
    const overload =
      overloads.length === 1
        ? overloads[0]
        : overloads.find(({ parameters }) => parameters.every((type, at) => has(type, values[at])));
    if (overload !== undefined) return overload.call(new CallArguments(values, frame.budget));
    throw new ConditionError(
      'INVALID_ARGUMENT',
      `no such overload: ${overloads[0]?.name ?? ''}(${values.map(typeNameOf).join(', ')})`,
    );
  };
}

/** Whether a value is of a type, of lists and maps by their first element only (cel-go). */
function has(type: CelType, value: CelValue | undefined): boolean {
  if (value === undefined) return false;
  if (type.kind === 'dyn' || type.kind === 'param') return true;
  return type.name === typeNameOf(value) && hasFirst(type.params, value);
}

function hasFirst([first, second]: readonly CelType[], value: CelValue): boolean {
  if (isCelList(value)) return first === undefined || value.length === 0 || has(first, value[0]);
  if (!(value instanceof CelMap) || value.size === 0) return true;
  const [entry] = value.entries();
  return [first, second].every((type, at) => type === undefined || has(type, entry?.[at]));
}
