import { type JsonObject, type JsonValue, isJsonObject } from '#shared/base/json-value.ts';

/** The mappings of a list; nothing of what is no list. */
export function objectList(value: JsonValue | undefined): readonly JsonObject[] {
  const list: unknown = value;
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
