import { isJsonObject, type JsonObject, type JsonValue, member } from '../../base/json-value.ts';
import { compareText } from '../compare-text.ts';
import { deepEqual } from '../deep-equal.ts';
import {
  ArgumentFault,
  isList,
  listArgument,
  numberArgument,
  objectArgument,
  textArgument,
  valueArgument,
  wrongType,
} from './argument.ts';
import type { Argument, CallContext, FunctionGroup } from './function-entry.ts';
import { formatNumber32 } from './format-number.ts';

/** Functions on lists and objects. */
export const COLLECTION_FUNCTIONS: FunctionGroup = {
  contains: { parameters: [['array', 'string'], ['any']], call: contains },
  items: { parameters: [['object', 'array'], ['string'], ['string']], call: items },
  keys: { parameters: [['object']], call: (args) => Object.keys(objectArgument(args, 0)) },
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
  values: { parameters: [['object']], call: (args) => fieldValues(objectArgument(args, 0)) },
};

/** The order of two numbers or two texts; nothing else is compared. */
export function compareOrdered(left: JsonValue, right: JsonValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return typeof left === 'string' && typeof right === 'string' ? compareText(left, right) : 0;
}

function fieldValues(object: JsonObject): readonly JsonValue[] {
  return Object.values(object).map((value) => value ?? null);
}

function contains(args: readonly Argument[], { budget }: CallContext): JsonValue {
  const [where] = args;
  const what = valueArgument(args, 1);
  if (typeof where !== 'string')
    return listArgument(args, 0).some((item) => deepEqual(item, what, budget));
  return typeof what === 'string' && where.includes(what);
}

function length(args: readonly Argument[]): number {
  const value = valueArgument(args, 0);
  if (isList(value)) return value.length;
  return typeof value === 'string'
    ? Array.from(value).length
    : Object.keys(objectArgument(args, 0)).length;
}

function extreme(args: readonly Argument[], sign: number): JsonValue {
  return listArgument(args, 0).reduce(
    (best: JsonValue, item) =>
      best === null || compareOrdered(item, best) * sign > 0 ? item : best,
    null,
  );
}

/** Comparing costs several times what reading does. */
function sort(args: readonly Argument[], { budget }: CallContext): JsonValue {
  const list = listArgument(args, 0);
  budget.spend(list.length * 4);
  return list.toSorted(compareOrdered);
}

function merge(args: readonly Argument[], { budget }: CallContext): JsonValue {
  const entries = args.flatMap((_, index) => Object.entries(objectArgument(args, index)));
  budget.spend(entries.length);
  return Object.fromEntries(entries);
}

function notNull(args: readonly Argument[]): JsonValue {
  const index = args.findIndex((value) => value !== null);
  return index < 0 ? null : valueArgument(args, index);
}

function reverse(args: readonly Argument[]): JsonValue {
  const value = valueArgument(args, 0);
  return typeof value === 'string'
    ? Array.from(value).toReversed().join('')
    : listArgument(args, 0).toReversed();
}

function toArray(args: readonly Argument[]): JsonValue {
  const value = valueArgument(args, 0);
  return isList(value) ? value : [value];
}

/** A key of an object, or an index of a list; null where there is none. */
function lookup(args: readonly Argument[]): JsonValue {
  const where = valueArgument(args, 0);
  if (!isList(where)) return member(where, textArgument(args, 1)) ?? null;
  const index = numberArgument(args, 1);
  if (!Number.isSafeInteger(index))
    throw new ArgumentFault(`argument 2 is ${index}, expected an integer`);
  return where[index] ?? null;
}

/** Fields in the order of their names, items in their own. */
function items(args: readonly Argument[]): JsonValue {
  const where = valueArgument(args, 0);
  const keyName = textArgument(args, 1);
  const valueName = textArgument(args, 2);
  const pairs: readonly (readonly [JsonValue, JsonValue | undefined])[] = isList(where)
    ? where.map((value, index) => [index, value] as const)
    : Object.entries(objectArgument(args, 0)).sort(([a], [b]) => compareText(a, b));
  return pairs.map(([key, value]) => ({ [keyName]: key, [valueName]: value ?? null }));
}

/** Keys without a value get null. */
function objectFromLists(args: readonly Argument[]): JsonValue {
  const values = listArgument(args, 1);
  return Object.fromEntries(
    listArgument(args, 0).map((key, index) => {
      if (key === null || isList(key) || isJsonObject(key))
        throw wrongType(args, 0, 'array of texts, numbers or booleans');
      return [typeof key === 'number' ? formatNumber32(key) : String(key), values[index] ?? null];
    }),
  );
}

/** Whether the second object has every field of the first, with the same value. */
function labelMatch(args: readonly Argument[], { budget }: CallContext): boolean {
  const labels = objectArgument(args, 1);
  return Object.entries(objectArgument(args, 0)).every(
    ([key, value]) => Object.hasOwn(labels, key) && deepEqual(value, labels[key], budget),
  );
}
