import { type JsonObject, type JsonValue, isJsonObject, member } from '#shared/base/json-value.ts';

/** A copy of `object` with the value at `path` replaced; what is beside the path is shared. */
export function update<Shape extends JsonObject>(
  object: Shape,
  path: readonly string[],
  change: (value: JsonValue | undefined) => JsonValue,
): Shape {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  const value = member(object, key);
  const inner = isJsonObject(value) ? value : {};
  return { ...object, [key]: rest.length === 0 ? change(value) : update(inner, rest, change) };
}
