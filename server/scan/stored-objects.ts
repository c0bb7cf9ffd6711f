import type { Kube, KubeObject, ResourceName } from '#shared/kube/kube.ts';
import { WORKLOAD_TYPES } from '#shared/kube/workload-types.ts';
import { isReported } from '../report/is-reported.ts';
import { stringAt } from '#shared/base/json-value.ts';

/**
 * Names of all workloads that have reports of their own. Names only: they are many, and each object is read when its
 * turn comes, as it is then.
 * @throws {KubeError} where they cannot be listed.
 */
export async function storedObjects(
  kube: Pick<Kube, 'list'>,
  isExempt: (namespace: string) => boolean,
): Promise<readonly ResourceName[]> {
  const names: ResourceName[] = [];
  for (const { kind, ...type } of WORKLOAD_TYPES) {
    const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
    const found = (await kube.list(type, { metadata: ['ownerReferences'] })) ?? [];
    for (const object of found) {
      const namespace = stringAt(object.metadata, 'namespace');
      if (isReported(named(object, apiVersion, kind)) && !isExempt(namespace ?? ''))
        names.push({ ...type, name: object.metadata.name, namespace });
    }
  }
  return names;
}

/** What is listed by its metadata alone says of itself that it is metadata. */
function named(object: KubeObject, apiVersion: string, kind: string): KubeObject {
  return { ...object, apiVersion, kind };
}
