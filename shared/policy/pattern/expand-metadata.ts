import { isJsonObject, type JsonObject, member } from '../../base/json-value.ts';
import { hasWildcard, wildcardMatches } from '../../base/wildcard.ts';
import { parseAnchorKey } from '../anchor-key.ts';

/** The maps of `metadata` whose keys may hold wildcards. */
const MAPS: ReadonlySet<string> = new Set(['labels', 'annotations']);

/**
 * Replaces wildcard keys in the pattern's `metadata.labels` and `metadata.annotations` by the first key of
 * the object that they match, anchors kept (Kyverno: ExpandInMetadata).
 */
export function expandMetadata(pattern: JsonObject, resource: JsonObject): JsonObject {
  return mapField(pattern, 'metadata', (metadata) => {
    const own = member(resource, 'metadata');
    let expanded = metadata;
    for (const name of MAPS) {
      const present = member(own, name);
      if (isJsonObject(present))
        expanded = mapField(expanded, name, (map) => expandKeys(map, Object.keys(present)));
    }
    return expanded;
  });
}

/** A copy with the field `name`, in whatever anchor, changed; the same object where there is none. */
function mapField(
  pattern: JsonObject,
  name: string,
  change: (value: JsonObject) => JsonObject,
): JsonObject {
  const key = Object.keys(pattern).find((candidate) => parseAnchorKey(candidate).name === name);
  const value = key === undefined ? undefined : pattern[key];
  return key === undefined || !isJsonObject(value) ? pattern : { ...pattern, [key]: change(value) };
}

function expandKeys(map: JsonObject, present: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(map).map(([key, value]) => {
      const { name } = parseAnchorKey(key);
      const found = hasWildcard(name)
        ? present.find((candidate) => wildcardMatches(name, candidate))
        : undefined;
      return [found === undefined ? key : key.replace(name, () => found), value];
    }),
  );
}
