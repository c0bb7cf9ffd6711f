import { ConditionError } from '../../condition-error.ts';
import { parseNanoseconds } from '../../duration.ts';
import { parseTime, RFC3339 } from '../../time/parse-time.ts';
import type { CelValue } from '../value/cel-value.ts';
import { CelDuration, CelTimestamp } from '../value/cel-time.ts';
import { CelTypeName } from '../value/cel-type-name.ts';
import { CelUint } from '../value/cel-uint.ts';
import { inIntRange, inUintRange } from '../value/int-range.ts';
import { inTimeRange } from '../value/time-range.ts';
import { typeNameOf } from '../value/type-name-of.ts';
import type { CallArguments } from './call-arguments.ts';
import { formatSeconds, formatShortest } from './format-double.ts';
import { formatTimestamp } from './format-timestamp.ts';
import { forTypes, type Library } from './library.ts';
import { parseDouble } from './parse-double.ts';

/** Conversions between types, and sizes. */
export const CONVERSIONS: Library = {
  ...forTypes(
    ['bool', 'bytes', 'double', 'duration', 'int', 'string', 'timestamp', 'uint'],
    'T(T): T',
    (args) => args.value(0),
  ),
  'type(A): type<A>': (args) => new CelTypeName(typeNameOf(args.value(0))),
  'dyn(A): dyn': (args) => args.value(0),
  'bool(string): bool': toBool,
  'bytes(string): bytes': (args) => {
    args.spendText(args.text(0).length);
    return new TextEncoder().encode(args.text(0));
  },
  'double(int): double': (args) => Number(args.int(0)),
  'double(uint): double': (args) => Number(args.uint(0)),
  'double(string): double': (args) => required(parseDouble(args.text(0)), args, 'double'),
  'duration(string): duration': toDuration,
  'int(double): int': (args) => inIntRange(whole(args.double(0))),
  'int(duration): int': (args) => args.nanoseconds(0),
  'int(string): int': (args) => inIntRange(digits(args, /^[-+]?\d{1,40}$/)),
  'int(timestamp): int': (args) => wholeSeconds(args.time(0).epoch),
  'int(uint): int': (args) => inIntRange(args.uint(0)),
  'string(bool): string': (args) => String(args.bool(0)),
  'string(bytes): string': toText,
  'string(double): string': (args) => formatShortest(args.double(0)),
  'string(duration): string': (args) => formatSeconds(args.nanoseconds(0)),
  'string(int): string': (args) => String(args.int(0)),
  'string(timestamp): string': (args) => formatTimestamp(args.time(0)),
  'string(uint): string': (args) => String(args.uint(0)),
  'timestamp(int): timestamp': (args) => timestampOf(args.int(0)),
  'timestamp(string): timestamp': toTimestamp,
  'uint(double): uint': (args) =>
    new CelUint(inUintRange(args.double(0) < 0 ? -1n : whole(args.double(0)))),
  'uint(int): uint': (args) => new CelUint(inUintRange(args.int(0))),
  'uint(string): uint': (args) => new CelUint(inUintRange(digits(args, /^\d{1,40}$/))),
  ...size('bytes', (args) => args.bytes(0).length),
  ...size('list<A>', (args) => args.list(0).length),
  ...size('map<A, B>', (args) => args.map(0).size),
  ...size('string', (args) => {
    args.spendText(args.text(0).length);
    return Array.from(args.text(0)).length;
  }),
};

function size(type: string, measure: (args: CallArguments) => number): Library {
  const call = (args: CallArguments): bigint => BigInt(measure(args));
  return { [`size(${type}): int`]: call, [`${type} -> size(): int`]: call };
}

function required<Value>(value: Value | undefined, args: CallArguments, wanted: string): Value {
  if (value !== undefined) return value;
  throw new ConditionError(
    'INVALID_ARGUMENT',
    `cannot convert ${JSON.stringify(args.text(0).slice(0, 80))} to ${wanted}`,
  );
}

/** Go: `strconv.ParseBool`. */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function toBool(args: CallArguments): boolean {
  const text = args.text(0);
  return required(TRUE.has(text) || (FALSE.has(text) ? false : undefined), args, 'bool');
}

function digits(args: CallArguments, form: RegExp): bigint {
  const text = args.text(0);
  const isNumber = form.test(text);
  return required(isNumber ? BigInt(text.replace(/^\+/, '')) : undefined, args, 'int');
}

/** Without its fraction; what is at the ends of 64 bits or beyond has none. */
function whole(value: number): bigint {
  if (
    Number.isFinite(value) &&
    Math.abs(value) < 2 ** 64 &&
    value > -(2 ** 63) &&
    value !== 2 ** 63
  )
    return BigInt(Math.trunc(value));
  throw new ConditionError('INVALID_ARGUMENT', 'integer overflow');
}

function toText(args: CallArguments): string {
  const bytes = args.bytes(0);
  args.spendText(bytes.length);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ConditionError('INVALID_ARGUMENT', 'invalid UTF-8 in bytes', { cause });
  }
}

function toDuration(args: CallArguments): CelValue {
  const text = args.text(0);
  const isZero = /^[-+]?0$/.test(text);
  return new CelDuration(required(isZero ? 0n : parseNanoseconds(text), args, 'duration'));
}

const SECOND = 1_000_000_000n;

function timestampOf(seconds: bigint): CelTimestamp {
  return new CelTimestamp(inTimeRange(seconds * SECOND), 0);
}

/** RFC 3339 without what Go reads beside it. */
const STRICT_TIME =
  /^\d{4}-\d\d-\d\dT\d\d:[0-5]\d:[0-5]\d(?:\.\d{1,100})?(?:Z|[-+](?:[01]\d|2[0-3]):[0-5]\d)$/;

function toTimestamp(args: CallArguments): CelTimestamp {
  const text = args.text(0);
  const instant = STRICT_TIME.test(text) ? parseTime(RFC3339, text) : undefined;
  const { epoch, offset } = required(instant, args, 'timestamp');
  return new CelTimestamp(inTimeRange(epoch), offset);
}

function wholeSeconds(epoch: bigint): bigint {
  const seconds = epoch / SECOND;
  return epoch % SECOND < 0n ? seconds - 1n : seconds;
}
