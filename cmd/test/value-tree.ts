import { isJsonObject, type JsonObject, type JsonValue } from '#shared/base/json-value.ts';
import { mergedValue } from '#shared/base/merged-value.ts';

/**
 * Values under dotted names, `dictionary.data.env`, as mappings in mappings. Of two for one field the later
 * one counts, and mappings are merged (Kyverno 1.19).
 */
export function valueTree(given: readonly JsonObject[]): JsonObject {
  return given
    .flatMap((values) => Object.entries(values))
    .reduce<JsonObject>((tree, [name, value = null]) => {
      const parts = splitValueName(name) ?? [];
      const nested = parts.reduceRight<JsonValue>((inner, part) => ({ [part]: inner }), value);
      return isJsonObject(nested) ? (mergedValue(tree, nested) as JsonObject) : tree;
    }, {});
}

/**
 * The parts of a name; one with dots of its own stands in quotes, `metadata.labels."example.com/team"`.
 * Undefined where quotes do not enclose a part.
 */
export function splitValueName(name: string): readonly string[] | undefined {
  const parts = [...name.matchAll(/(?:^|\.)(?:"((?:[^"]|"")*)"|([^".]*))/gy)];
  if (parts.map(([text]) => text).join('') !== name) return undefined;
  return parts.map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain);
}
