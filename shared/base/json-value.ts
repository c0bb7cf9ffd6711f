/** Plain JSON data, as it comes from documents, admission reviews and registries. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own property `key` of `value` if `value` is an object; never reaches a prototype. */
export function member(value: unknown, key: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The string at `path` below `value`, or undefined. */
export function stringAt(value: unknown, ...path: readonly string[]): string | undefined {
  let current: unknown = value;
  for (const key of path) current = member(current, key);
  return typeof current === 'string' ? current : undefined;
}

/** A whole number from 0 on that JSON can hold exactly. */
export function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
