import { jsonPointer } from '../../base/json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json-value.ts';

/** JSON pointer of a mapping inside an object, found by identity; undefined where it is no part of it. */
export function elementPointer(object: JsonObject, element: JsonObject): string | undefined {
  const path = find(object, element);
  return path === undefined ? undefined : jsonPointer(path);
}

type Path = readonly (string | number)[];

function find(value: JsonValue | undefined, wanted: JsonObject): Path | undefined {
  if (value === wanted) return [];
  if (Array.isArray(value)) return below(value.entries(), wanted);
  return isJsonObject(value) ? below(Object.entries(value), wanted) : undefined;
}

function below(
  entries: Iterable<readonly [string | number, JsonValue | undefined]>,
  wanted: JsonObject,
): Path | undefined {
  for (const [key, item] of entries) {
    const path = find(item, wanted);
    if (path !== undefined) return [key, ...path];
  }
  return undefined;
}
