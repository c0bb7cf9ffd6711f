import { ConditionError } from '../../condition-error.ts';
import { compareValues } from '../value/compare-values.ts';
import type { CelValue } from '../value/cel-value.ts';
import { CelDuration, CelTimestamp } from '../value/cel-time.ts';
import { CelUint } from '../value/cel-uint.ts';
import { inIntRange, inUintRange } from '../value/int-range.ts';
import { inDurationRange, inTimeRange } from '../value/time-range.ts';
import { tryEqual } from '../value/try-equal.ts';
import type { CallArguments } from './call-arguments.ts';
import { type CelFunction, COMPARABLE, forTypes, type Library } from './library.ts';

function ints(compute: (left: bigint, right: bigint) => bigint): CelFunction {
  return (args) => inIntRange(compute(args.int(0), args.int(1)));
}

function uints(compute: (left: bigint, right: bigint) => bigint): CelFunction {
  return (args) => new CelUint(inUintRange(compute(args.uint(0), args.uint(1))));
}

function doubles(compute: (left: number, right: number) => number): CelFunction {
  return (args) => compute(args.double(0), args.double(1));
}

function divide(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new ConditionError('INVALID_ARGUMENT', 'division by zero');
  return left / right;
}

function modulo(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new ConditionError('INVALID_ARGUMENT', 'modulus by zero');
  // Also refuses what has a quotient beyond 64 bits.
  inIntRange(left / (right < 0n ? right : 1n));
  return left % right;
}

/** An order of NaN and anything is not; nothing is before or after it. */
function ordered(holds: (order: number) => boolean): CelFunction {
  return (args) => {
    const [left, right] = [args.value(0), args.value(1)];
    if (Number.isNaN(left) || Number.isNaN(right)) return false;
    if (typeof left === 'string') args.spendText(left.length);
    return holds(compareValues(left, right));
  };
}

const NUMBERS: readonly (readonly [string, string])[] = [
  ['int', 'double'],
  ['int', 'uint'],
  ['uint', 'double'],
  ['uint', 'int'],
  ['double', 'int'],
  ['double', 'uint'],
];

function relation(sign: string, holds: (order: number) => boolean): Library {
  const call = ordered(holds);
  return {
    ...forTypes(COMPARABLE, `_${sign}_(T, T): bool`, call),
    ...Object.fromEntries(NUMBERS.map(([a, b]) => [`_${sign}_(${a}, ${b}): bool`, call])),
  };
}

function joinedTexts(args: CallArguments): string {
  const [left, right] = [args.text(0), args.text(1)];
  args.spendText(left.length + right.length);
  return left + right;
}

function joinedBytes(args: CallArguments): Uint8Array {
  const [left, right] = [args.bytes(0), args.bytes(1)];
  args.spendText(left.length + right.length);
  return new Uint8Array([...left, ...right]);
}

function joinedLists(args: CallArguments): CelValue {
  const [left, right] = [args.list(0), args.list(1)];
  args.spendList(left.length + right.length);
  return [...left, ...right];
}

function moved(time: CelTimestamp, nanoseconds: bigint): CelTimestamp {
  return new CelTimestamp(inTimeRange(time.epoch + nanoseconds), time.offset);
}

/** Operators except those that need not look at all their operands. Named as in the syntax. */
export const OPERATORS: Library = {
  '_+_(bytes, bytes): bytes': joinedBytes,
  '_+_(double, double): double': doubles((left, right) => left + right),
  '_+_(duration, duration): duration': (args) =>
    new CelDuration(inDurationRange(args.nanoseconds(0) + args.nanoseconds(1))),
  '_+_(duration, timestamp): timestamp': (args) => moved(args.time(1), args.nanoseconds(0)),
  '_+_(timestamp, duration): timestamp': (args) => moved(args.time(0), args.nanoseconds(1)),
  '_+_(int, int): int': ints((left, right) => left + right),
  '_+_(list<A>, list<A>): list<A>': joinedLists,
  '_+_(string, string): string': joinedTexts,
  '_+_(uint, uint): uint': uints((left, right) => left + right),
  '_-_(double, double): double': doubles((left, right) => left - right),
  '_-_(duration, duration): duration': (args) =>
    new CelDuration(inDurationRange(args.nanoseconds(0) - args.nanoseconds(1))),
  '_-_(int, int): int': ints((left, right) => left - right),
  '_-_(timestamp, duration): timestamp': (args) => moved(args.time(0), -args.nanoseconds(1)),
  '_-_(timestamp, timestamp): duration': (args) =>
    new CelDuration(inDurationRange(args.time(0).epoch - args.time(1).epoch)),
  '_-_(uint, uint): uint': uints((left, right) => left - right),
  '_*_(double, double): double': doubles((left, right) => left * right),
  '_*_(int, int): int': ints((left, right) => left * right),
  '_*_(uint, uint): uint': uints((left, right) => left * right),
  '_/_(double, double): double': doubles((left, right) => left / right),
  '_/_(int, int): int': ints(divide),
  '_/_(uint, uint): uint': uints(divide),
  '_%_(int, int): int': ints(modulo),
  '_%_(uint, uint): uint': uints(modulo),
  '-_(double): double': (args) => -args.double(0),
  '-_(int): int': (args) => inIntRange(-args.int(0)),
  '!_(bool): bool': (args) => !args.bool(0),
  ...relation('<', (order) => order < 0),
  ...relation('<=', (order) => order <= 0),
  ...relation('>', (order) => order > 0),
  ...relation('>=', (order) => order >= 0),
  '_in_(A, list<A>): bool': (args) => {
    const sought = args.value(0);
    return args.list(1).some((item) => tryEqual(sought, item, args.budget) === true);
  },
  '_in_(A, map<A, B>): bool': (args) => args.map(1).has(args.value(0)),
};
