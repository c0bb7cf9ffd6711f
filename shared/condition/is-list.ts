import type { JsonValue } from '../base/json-value.ts';

/** Whether a value is a list; unlike `Array.isArray`, leaves its items typed. */
export function isList(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}
