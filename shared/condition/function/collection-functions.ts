import { isJsonObject, type JsonObject, type JsonValue, member } from '../../base/json-value.ts';
import { compareText } from '../compare-text.ts';
import { deepEqual } from '../deep-equal.ts';
import type { Evaluation } from '../evaluation.ts';
import { isList } from '../is-list.ts';
import { ArgumentFault } from './argument-fault.ts';
import type { Arguments } from './arguments.ts';
import { formatNumber32 } from './format-number.ts';
import type { FunctionGroup } from './function-entry.ts';

/** Functions on lists and objects. */
export const COLLECTION_FUNCTIONS: FunctionGroup = {
  contains: { parameters: [['array', 'string'], ['any']], call: contains },
  items: { parameters: [['object', 'array'], ['string'], ['string']], call: items },
  keys: { parameters: [['object']], call: (args) => Object.keys(args.object(0)) },
  label_match: { parameters: [['object'], ['object']], call: labelMatch },
  length: { parameters: [['string', 'array', 'object']], call: length },
  lookup: {
    parameters: [
      ['object', 'array'],
      ['string', 'number'],
    ],
    call: lookup,
  },
  max: { parameters: [['array[number]', 'array[string]']], call: (args) => extreme(args, 1) },
  merge: { parameters: [['object']], isVariadic: true, call: merge },
  min: { parameters: [['array[number]', 'array[string]']], call: (args) => extreme(args, -1) },
  not_null: { parameters: [['any']], isVariadic: true, call: notNull },
  object_from_lists: { parameters: [['array'], ['array']], call: objectFromLists },
  reverse: { parameters: [['array', 'string']], call: reverse },
  sort: {
    parameters: [['array[string]', 'array[number]']],
    call: sort,
  },
  to_array: { parameters: [['any']], call: toArray },
  values: { parameters: [['object']], call: (args) => fieldValues(args.object(0)) },
};

/** The order of two numbers or two texts; nothing else is compared. */
export function compareOrdered(left: JsonValue, right: JsonValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return typeof left === 'string' && typeof right === 'string' ? compareText(left, right) : 0;
}

function fieldValues(object: JsonObject): readonly JsonValue[] {
  return Object.values(object).map((value) => value ?? null);
}

function contains(args: Arguments, { budget }: Evaluation): JsonValue {
  const [where] = args.all;
  const what = args.value(1);
  if (typeof where !== 'string') return args.list(0).some((item) => deepEqual(item, what, budget));
  return typeof what === 'string' && where.includes(what);
}

function length(args: Arguments): number {
  const value = args.value(0);
  if (isList(value)) return value.length;
  return typeof value === 'string' ? Array.from(value).length : Object.keys(args.object(0)).length;
}

function extreme(args: Arguments, sign: number): JsonValue {
  return args
    .list(0)
    .reduce(
      (best: JsonValue, item) =>
        best === null || compareOrdered(item, best) * sign > 0 ? item : best,
      null,
    );
}

/** Comparing costs several times what reading does. */
function sort(args: Arguments, { budget }: Evaluation): JsonValue {
  const list = args.list(0);
  budget.spend(list.length * 4);
  return list.toSorted(compareOrdered);
}

function merge(args: Arguments, { budget }: Evaluation): JsonValue {
  const entries = args.all.flatMap((_, index) => Object.entries(args.object(index)));
  budget.spend(entries.length);
  return Object.fromEntries(entries);
}

function notNull(args: Arguments): JsonValue {
  const index = args.all.findIndex((value) => value !== null);
  return index < 0 ? null : args.value(index);
}

function reverse(args: Arguments): JsonValue {
  const value = args.value(0);
  return typeof value === 'string'
    ? Array.from(value).toReversed().join('')
    : args.list(0).toReversed();
}

function toArray(args: Arguments): JsonValue {
  const value = args.value(0);
  return isList(value) ? value : [value];
}

/** A key of an object, or an index of a list; null where there is none. */
function lookup(args: Arguments): JsonValue {
  const where = args.value(0);
  if (!isList(where)) return member(where, args.text(1)) ?? null;
  const index = args.number(1);
  if (!Number.isSafeInteger(index))
    throw new ArgumentFault(`argument 2 is ${index}, expected an integer`);
  return where[index] ?? null;
}

/** Fields in the order of their names, items in their own. */
function items(args: Arguments): JsonValue {
  const where = args.value(0);
  const keyName = args.text(1);
  const valueName = args.text(2);
  const pairs: readonly (readonly [JsonValue, JsonValue | undefined])[] = isList(where)
    ? where.map((value, index) => [index, value] as const)
    : Object.entries(args.object(0)).sort(([a], [b]) => compareText(a, b));
  return pairs.map(([key, value]) => ({ [keyName]: key, [valueName]: value ?? null }));
}

/** Keys without a value get null. */
function objectFromLists(args: Arguments): JsonValue {
  const values = args.list(1);
  return Object.fromEntries(
    args.list(0).map((key, index) => {
      if (key === null || isList(key) || isJsonObject(key))
        throw args.wrongType(0, 'array of texts, numbers or booleans');
      return [typeof key === 'number' ? formatNumber32(key) : String(key), values[index] ?? null];
    }),
  );
}

/** Whether the second object has every field of the first, with the same value. */
function labelMatch(args: Arguments, { budget }: Evaluation): boolean {
  const labels = args.object(1);
  return Object.entries(args.object(0)).every(
    ([key, value]) => Object.hasOwn(labels, key) && deepEqual(value, labels[key], budget),
  );
}
