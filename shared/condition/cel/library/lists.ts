import { ConditionError } from '../../condition-error.ts';
import { isComparable } from '../value/compare-values.ts';
import { type CelList, type CelValue, isCelList } from '../value/cel-value.ts';
import { CelOptional, NONE } from '../value/cel-optional.ts';
import { CelDuration } from '../value/cel-time.ts';
import { CelUint } from '../value/cel-uint.ts';
import { inIntRange, inUintRange } from '../value/int-range.ts';
import { inDurationRange } from '../value/time-range.ts';
import { tryCompare } from '../value/try-compare.ts';
import { tryEqual } from '../value/try-equal.ts';
import type { CallArguments } from './call-arguments.ts';
import { COMPARABLE, forTypes, type Library } from './library.ts';
import { sortByKeys } from './sort-by-keys.ts';

/** Kubernetes' own functions on lists, CEL's extension for lists in version 3, and for sets. */
export const LISTS: Library = {
  ...forTypes(COMPARABLE, 'list<T> -> isSorted(): bool', isSorted),
  'list<int> -> sum(): int': (args) =>
    args.list(0).reduce<bigint>((sum, item) => inIntRange(sum + readInt(item, args)), 0n),
  'list<uint> -> sum(): uint': (args) => new CelUint(sumOfUints(args)),
  'list<double> -> sum(): double': (args) =>
    args.list(0).reduce<number>((sum, item) => sum + readDouble(item, args), 0),
  'list<duration> -> sum(): duration': (args) => new CelDuration(sumOfDurations(args)),
  ...forTypes(COMPARABLE, 'list<T> -> max(): T', (args) => extreme(args, -1)),
  ...forTypes(COMPARABLE, 'list<T> -> min(): T', (args) => extreme(args, 1)),
  'list<A> -> indexOf(A): int': (args) => {
    const sought = args.value(1);
    return BigInt(args.list(0).findIndex((item) => isEqual(item, sought, args)));
  },
  'list<A> -> lastIndexOf(A): int': (args) => {
    const sought = args.value(1);
    return BigInt(args.list(0).findLastIndex((item) => isEqual(item, sought, args)));
  },
  'list<A> -> slice(int, int): list<A>': slice,
  'list<list<A>> -> flatten(): list<A>': (args) => flatten(args.list(0), 1n, args),
  'list<dyn> -> flatten(int): list<dyn>': (args) => flatten(args.list(0), args.int(1), args),
  ...forTypes(COMPARABLE, 'list<T> -> sort(): list<T>', (args) =>
    sortByKeys(args.list(0), args.list(0), args.budget),
  ),
  'lists.range(int): list<int>': range,
  'list<A> -> reverse(): list<A>': (args) => {
    args.spendList(args.list(0).length);
    return args.list(0).toReversed();
  },
  'list<A> -> distinct(): list<A>': distinct,
  'list<A> -> first(): optional<A>': (args) => optional(args.list(0).at(0)),
  'list<A> -> last(): optional<A>': (args) => optional(args.list(0).at(-1)),
  'sets.contains(list<A>, list<A>): bool': (args) => containsAll(args.list(0), args.list(1), args),
  'sets.equivalent(list<A>, list<A>): bool': (args) =>
    containsAll(args.list(0), args.list(1), args) && containsAll(args.list(1), args.list(0), args),
  'sets.intersects(list<A>, list<A>): bool': (args) => intersects(args.list(0), args.list(1), args),
};

function optional(value: CelValue | undefined): CelOptional {
  return value === undefined ? NONE : new CelOptional(value);
}

function isEqual(left: CelValue, right: CelValue, { budget }: CallArguments): boolean {
  return tryEqual(left, right, budget) === true;
}

function includes(list: CelList, sought: CelValue, args: CallArguments): boolean {
  return list.some((item) => isEqual(sought, item, args));
}

function intersects(left: CelList, right: CelList, args: CallArguments): boolean {
  return left.some((item) => includes(right, item, args));
}

function containsAll(list: CelList, wanted: CelList, args: CallArguments): boolean {
  return wanted.every((item) => includes(list, item, args));
}

/** An order that two elements do not have disturbs nothing (Kubernetes: `library/lists.go`). */
function isSorted(args: CallArguments): boolean {
  const list = comparable(args);
  return list.every(
    (item, index) => index === 0 || tryCompare(list[index - 1] ?? null, item, args.budget) !== 1,
  );
}

function extreme(args: CallArguments, wrongOrder: 1 | -1): CelValue {
  const [first, ...others] = comparable(args);
  if (first === undefined)
    throw new ConditionError('INVALID_ARGUMENT', 'min() or max() of an empty list');
  return others.reduce(
    (best, item) => (tryCompare(best, item, args.budget) === wrongOrder ? item : best),
    first,
  );
}

function comparable(args: CallArguments): CelList {
  const list = args.list(0);
  args.spendList(list.length);
  if (list.every((item) => isComparable(item))) return list;
  throw new ConditionError(
    'INVALID_ARGUMENT',
    'no such overload: list elements must be comparable',
  );
}

function readInt(item: CelValue, args: CallArguments): bigint {
  args.budget.spend();
  return typeof item === 'bigint' ? item : refuse();
}

function readDouble(item: CelValue, args: CallArguments): number {
  args.budget.spend();
  return typeof item === 'number' ? item : refuse();
}

function sumOfUints(args: CallArguments): bigint {
  return args.list(0).reduce<bigint>((sum, item) => {
    args.budget.spend();
    return inUintRange(sum + (item instanceof CelUint ? item.value : refuse()));
  }, 0n);
}

function sumOfDurations(args: CallArguments): bigint {
  return args.list(0).reduce<bigint>((sum, item) => {
    args.budget.spend();
    return inDurationRange(sum + (item instanceof CelDuration ? item.nanoseconds : refuse()));
  }, 0n);
}

function refuse(): never {
  throw new ConditionError('INVALID_ARGUMENT', 'no such overload: sum() of different types');
}

function slice(args: CallArguments): CelList {
  const [list, start, end] = [args.list(0), args.int(1), args.int(2)];
  if (start < 0n || start > end || end > BigInt(list.length))
    throw new ConditionError(
      'INVALID_ARGUMENT',
      `cannot slice(${start}, ${end}), list is length ${list.length}`,
    );
  args.spendList(Number(end - start));
  return list.slice(Number(start), Number(end));
}

function flatten(list: CelList, depth: bigint, args: CallArguments): CelList {
  if (depth < 0n) throw new ConditionError('INVALID_ARGUMENT', 'level must be non-negative');
  args.spendList(list.length);
  if (depth === 0n) return list;
  const flat: CelValue[] = [];
  for (const item of list) {
    if (isCelList(item)) for (const inner of flatten(item, depth - 1n, args)) flat.push(inner);
    else flat.push(item);
  }
  args.spendList(flat.length);
  return flat;
}

/** As cel-go's. */
const MAX_RANGE = 1_000_000n;

function range(args: CallArguments): CelList {
  const size = args.int(0);
  if (size < 0n || size > MAX_RANGE)
    throw new ConditionError(
      'INVALID_ARGUMENT',
      `lists.range: size ${size} is not up to ${MAX_RANGE}`,
    );
  args.spendList(Number(size));
  return Array.from({ length: Number(size) }, (_, index) => BigInt(index));
}

function distinct(args: CallArguments): CelList {
  const found: CelValue[] = [];
  for (const item of args.list(0))
    if (!found.some((other) => isEqual(item, other, args))) found.push(item);
  return found;
}
