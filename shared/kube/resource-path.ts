import type { ResourceName, ResourceType } from './kube.ts';

/** `/api/v1` or `/apis/GROUP/VERSION`. */
export function groupVersionPath({
  group,
  version,
}: Pick<ResourceType, 'group' | 'version'>): string {
  return group === ''
    ? `/api/${version}`
    : `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`;
}

/** Path of all objects of a type, in one namespace or in all. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${groupVersionPath(type)}${scope}/${encodeURIComponent(type.resource)}`;
}

/** Path of one object. */
export function objectPath(name: ResourceName, subresource?: string): string {
  const suffix = subresource === undefined ? '' : `/${encodeURIComponent(subresource)}`;
  return `${collectionPath(name, name.namespace)}/${encodeURIComponent(name.name)}${suffix}`;
}
