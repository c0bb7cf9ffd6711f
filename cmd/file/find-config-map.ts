import { type JsonObject, stringAt } from '#shared/base/json-value.ts';
import type { FileObject } from './load-objects.ts';

export interface ConfigMapPlace {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The ConfigMap of this name among objects; those without a namespace are in `defaultNamespace`. Of several the
 * last counts, which "kubectl apply" leaves.
 */
export function findConfigMap(
  objects: readonly FileObject[],
  { namespace, name }: ConfigMapPlace,
  defaultNamespace: string,
): JsonObject | undefined {
  const found = objects.findLast(
    ({ object }) =>
      stringAt(object, 'kind') === 'ConfigMap' &&
      stringAt(object, 'metadata', 'name') === name &&
      (stringAt(object, 'metadata', 'namespace') ?? defaultNamespace) === namespace,
  );
  return found?.object;
}
