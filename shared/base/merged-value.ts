import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';

/** A value put over another one: mappings are merged at every depth, anything else takes its place. */
export function mergedValue(below: JsonValue | undefined, above: JsonValue): JsonValue {
  if (!isJsonObject(below) || !isJsonObject(above)) return above;
  const fields = Object.entries(above).map(([key, value]) => [
    key,
    mergedValue(Object.hasOwn(below, key) ? below[key] : undefined, value ?? null),
  ]);
  return { ...below, ...(Object.fromEntries(fields) as JsonObject) };
}
