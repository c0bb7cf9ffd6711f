import { isJsonObject, type JsonValue } from '../../../base/json-value.ts';
import { ConditionError } from '../../condition-error.ts';
import { CelMap } from './cel-map.ts';
import { type CelValue, isCelList } from './cel-value.ts';
import { CelUint } from './cel-uint.ts';

/** JSON as CEL sees it: as in Kubernetes, whole numbers are of type int. */
export function fromJson(value: JsonValue): CelValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (!isJsonObject(value)) return value.map(fromJson);
  return new CelMap(
    Object.entries(value).flatMap(([key, item]): readonly (readonly [string, CelValue])[] =>
      item === undefined ? [] : [[key, fromJson(item)]],
    ),
  );
}

/**
 * A result as JSON.
 * @throws {ConditionError} INVALID_ARGUMENT for what JSON has no word for: times, bytes, types, …
 */
export function toJson(value: CelValue): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (value instanceof CelUint) return Number(value.value);
  if (isCelList(value)) return value.map(toJson);
  if (value instanceof CelMap)
    return Object.fromEntries(value.entries().map(([key, item]) => [keyText(key), toJson(item)]));
  throw new ConditionError(
    'INVALID_ARGUMENT',
    'Cannot use the result of a CEL expression: JSON has no such value',
  );
}

function keyText(key: CelValue): string {
  const value = toJson(key);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
