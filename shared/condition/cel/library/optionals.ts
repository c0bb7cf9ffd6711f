import { ConditionError } from '../../condition-error.ts';
import { CelMap } from '../value/cel-map.ts';
import { type CelList, type CelValue, isCelList } from '../value/cel-value.ts';
import { CelOptional, NONE } from '../value/cel-optional.ts';
import { CelDuration, CelTimestamp } from '../value/cel-time.ts';
import { compareNumbers, isCelNumber } from '../value/compare-numbers.ts';
import type { CallArguments } from './call-arguments.ts';
import type { Library } from './library.ts';

/** Optional values; `or` is evaluated where it stands, since it need not look at both. */
export const OPTIONALS: Library = {
  'optional.of(A): optional<A>': (args) => new CelOptional(args.value(0)),
  'optional.ofNonZeroValue(A): optional<A>': (args) =>
    isZero(args.value(0)) ? NONE : new CelOptional(args.value(0)),
  'optional.none(): optional<A>': () => NONE,
  'optional<A> -> value(): A': (args) => valueOf(args.optional(0)),
  'optional<A> -> hasValue(): bool': (args) => args.optional(0).value !== undefined,
  'optional.unwrap(list<optional<A>>): list<A>': unwrap,
  'list<optional<A>> -> unwrapOpt(): list<A>': unwrap,
  // Kyverno 1.19: a value that is not optional is itself.
  '@orValue(dyn, dyn): dyn': (args) => {
    const value = args.value(0);
    return value instanceof CelOptional ? (value.value ?? args.value(1)) : value;
  },
};

function valueOf({ value }: CelOptional): CelValue {
  if (value !== undefined) return value;
  throw new ConditionError('INVALID_ARGUMENT', 'optional.none() dereference');
}

/** The start of the year 1, which is Go's zero time; nanoseconds since 1970. */
const ZERO_TIME = -62_135_596_800_000_000_000n;

function isZero(value: CelValue): boolean {
  if (value === null || value === '' || value === false) return true;
  if (isCelNumber(value)) return compareNumbers(value, 0n) === 0;
  return typeof value === 'object' && isEmpty(value);
}

function isEmpty(value: Extract<CelValue, object>): boolean {
  if (isCelList(value) || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof CelMap) return value.size === 0;
  if (value instanceof CelTimestamp) return value.epoch === ZERO_TIME;
  return value instanceof CelDuration && value.nanoseconds === 0n;
}

function unwrap(args: CallArguments): CelList {
  const list = args.list(0);
  args.spendList(list.length);
  return list.flatMap((item) => {
    if (!(item instanceof CelOptional))
      throw new ConditionError('INVALID_ARGUMENT', 'unwrap: a value is not optional');
    return item.value === undefined ? [] : [item.value];
  });
}
