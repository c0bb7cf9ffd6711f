import { type JsonObject, stringAt } from '#shared/base/json-value.ts';
import { stringMap } from '#shared/base/string-map.ts';
import type { Labels } from '#shared/policy/label-selector.ts';
import type { FileObject } from './load-objects.ts';

/** API servers add the name to the labels. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

/** The Namespace of this name among objects; of several the last counts, which "kubectl apply" leaves. */
export function findNamespace(
  objects: readonly FileObject[],
  name: string,
): JsonObject | undefined {
  return objects.findLast(
    ({ object }) =>
      stringAt(object, 'kind') === 'Namespace' &&
      stringAt(object, 'apiVersion') === 'v1' &&
      stringAt(object, 'metadata', 'name') === name,
  )?.object;
}

/** Labels of a Namespace as it will be stored. */
export function storedLabels({ metadata }: JsonObject, name: string): Labels {
  return { ...stringMap(metadata, 'labels'), [NAME_LABEL]: name };
}
