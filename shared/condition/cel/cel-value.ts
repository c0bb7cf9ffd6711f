import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../condition-error.ts';

/** JSON as CEL sees it: as in Kubernetes, whole numbers are of type int. */
export function toCel(value: JsonValue): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(toCel);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === undefined ? [] : [[key, toCel(item)]],
    ),
  );
}

/**
 * A result as JSON.
 * @throws {ConditionError} INVALID_ARGUMENT for what JSON has no word for: times, bytes, types.
 */
export function fromCel(value: unknown): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(fromCel);
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromCel(item)]));
  throw new ConditionError(
    'INVALID_ARGUMENT',
    'Cannot use the result of a CEL expression: it is a time, bytes or a type',
  );
}

function isPlainObject(value: unknown): value is JsonObject {
  if (!isJsonObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
