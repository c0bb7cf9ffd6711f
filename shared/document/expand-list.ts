import { isJsonObject, type JsonValue, member, stringAt } from '../base/json-value.ts';
import type { Composed } from './composed.ts';

/**
 * The objects of a list (`kind: List`, `PodList`, …, also lists in lists); anything else is returned as it
 * is. The API server leaves `apiVersion` and `kind` off the items of a typed list: they follow from the
 * list's own.
 */
export function expandList(document: Composed): readonly Composed[] {
  const kind = stringAt(document.value, 'kind') ?? '';
  const items = member(document.value, 'items');
  if (!kind.endsWith('List') || !Array.isArray(items)) return [document];
  const place = document.place.children.get('items');
  const type = {
    apiVersion: stringAt(document.value, 'apiVersion') ?? '',
    kind: kind.slice(0, -4),
  };
  return items.flatMap((value: JsonValue, index) =>
    expandList({
      value: type.kind === '' ? value : withType(value, type),
      place: place?.children.get(index) ?? document.place,
    }),
  );
}

function withType(item: JsonValue, type: { apiVersion: string; kind: string }): JsonValue {
  return isJsonObject(item) && item['kind'] === undefined ? { ...type, ...item } : item;
}
