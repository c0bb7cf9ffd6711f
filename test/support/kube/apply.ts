import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  stringAt,
} from '#shared/base/json-value.ts';

/** Merges as server-side apply does for the kinds used here: objects by key, lists of named objects by name. */
export function applyOver(base: JsonValue | undefined, applied: JsonValue): JsonValue {
  if (isJsonObject(applied)) {
    const merged: Record<string, JsonValue | undefined> = { ...(isJsonObject(base) ? base : {}) };
    for (const [key, value] of Object.entries(applied)) {
      if (value !== undefined) merged[key] = applyOver(merged[key], value);
    }
    return merged;
  }
  if (isNamedList(applied) && isNamedList(base)) {
    const rest = applied.filter((item) => findNamed(base, item) === undefined);
    const merged = base.map((item) => {
      const change = findNamed(applied, item);
      return change === undefined ? item : applyOver(item, change);
    });
    return [...merged, ...rest];
  }
  return applied;
}

/** RFC 7386. */
export function mergePatch(base: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const merged: Record<string, JsonValue | undefined> = { ...(isJsonObject(base) ? base : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** Paths at which both values have a leaf, and not the same one. */
export function conflictingPaths(
  mine: JsonValue | undefined,
  theirs: JsonValue | undefined,
): readonly string[] {
  return collect(mine, theirs, '').filter((path) => !IDENTITY.test(path));
}

const IDENTITY = /^\.(?:apiVersion|kind|metadata\.(?:name|namespace|resourceVersion))$/;

function collect(
  mine: JsonValue | undefined,
  theirs: JsonValue | undefined,
  path: string,
): string[] {
  if (mine === undefined || theirs === undefined) return [];
  if (isJsonObject(mine) && isJsonObject(theirs)) {
    return Object.entries(mine).flatMap(([key, value]) =>
      collect(value, theirs[key], `${path}.${key}`),
    );
  }
  if (isNamedList(mine) && isNamedList(theirs)) {
    return mine.flatMap((item) =>
      collect(item, findNamed(theirs, item), `${path}[name=${stringAt(item, 'name')}]`),
    );
  }
  return JSON.stringify(mine) === JSON.stringify(theirs) ? [] : [path];
}

function isNamedList(value: JsonValue | undefined): value is readonly JsonObject[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => stringAt(item, 'name') !== undefined)
  );
}

function findNamed(list: readonly JsonObject[], wanted: JsonValue): JsonObject | undefined {
  return list.find((item) => item['name'] === stringAt(wanted, 'name'));
}
