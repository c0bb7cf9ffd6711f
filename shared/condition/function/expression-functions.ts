import type { JsonValue } from '../../base/json-value.ts';
import type { Evaluation } from '../evaluation.ts';
import { ArgumentFault } from './argument-fault.ts';
import type { Arguments } from './arguments.ts';
import { compareOrdered } from './collection-functions.ts';
import type { FunctionGroup } from './function-entry.ts';

/** Functions that apply an expression to each element of a list. */
export const EXPRESSION_FUNCTIONS: FunctionGroup = {
  map: { parameters: [['expression'], ['array']], call: map },
  max_by: { parameters: [['array'], ['expression']], call: (args) => extremeBy(args, 1) },
  min_by: { parameters: [['array'], ['expression']], call: (args) => extremeBy(args, -1) },
  sort_by: { parameters: [['array'], ['expression']], call: sortBy },
};

/** Unlike a projection, keeps nulls. */
function map(args: Arguments): JsonValue {
  const { apply } = args.reference(0);
  return args.list(1).map((item) => apply(item));
}

interface Keyed {
  readonly item: JsonValue;
  readonly key: JsonValue;
}

/** A list of one is never looked at closer (Kyverno 1.19). */
function keyed(args: Arguments): readonly Keyed[] {
  const list = args.list(0);
  const { apply } = args.reference(1);
  if (list.length < 2) return list.map((item) => ({ item, key: null }));
  const all = list.map((item) => ({ item, key: apply(item) }));
  const type = typeof all[0]?.key;
  if ((type !== 'number' && type !== 'string') || all.some(({ key }) => typeof key !== type))
    throw new ArgumentFault('the expression gave no number or text for all elements alike');
  return all;
}

function extremeBy(args: Arguments, sign: number): JsonValue {
  const [first, ...rest] = keyed(args);
  if (first === undefined) return null;
  return rest.reduce(
    (best, next) => (compareOrdered(next.key, best.key) * sign > 0 ? next : best),
    first,
  ).item;
}

function sortBy(args: Arguments, { budget }: Evaluation): JsonValue {
  const all = keyed(args);
  budget.spend(all.length * 4);
  return all.toSorted((left, right) => compareOrdered(left.key, right.key)).map(({ item }) => item);
}
