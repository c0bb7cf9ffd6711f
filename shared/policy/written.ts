import { childPath } from '../base/field-path.ts';
import { isJsonObject, type JsonObject, type JsonValue, member } from '../base/json-value.ts';

/**
 * An object of a policy as its author wrote it, with its path. Rules about the text itself walk over these;
 * what has the wrong type is left out, readers tell of it.
 */
export interface Written {
  readonly value: JsonObject;
  readonly path: string;
}

/** The object at a field, or nothing. */
export function writtenAt({ value, path }: Written, key: string): readonly Written[] {
  const child = member(value, key);
  return isJsonObject(child) ? [{ value: child, path: childPath(path, key) }] : [];
}

/** The objects of the list at a field. */
export function writtenList({ value, path }: Written, key: string): readonly Written[] {
  const list = member(value, key);
  if (!Array.isArray(list)) return [];
  return (list as readonly JsonValue[]).flatMap((item, index) =>
    isJsonObject(item) ? [{ value: item, path: childPath(childPath(path, key), index) }] : [],
  );
}

/** The texts of the list at a field, each with its path. */
export function textsAt(
  { value, path }: Written,
  key: string,
): readonly { readonly path: string; readonly text: string }[] {
  const list = member(value, key);
  if (!Array.isArray(list)) return [];
  return (list as readonly JsonValue[]).flatMap((item, index) =>
    typeof item === 'string' ? [{ path: childPath(childPath(path, key), index), text: item }] : [],
  );
}

/** Whether the field is there; as in Kubernetes, `null` is the same as absent. */
export function isGiven({ value }: Written, key: string): boolean {
  return (member(value, key) ?? undefined) !== undefined;
}
