import type { ResourceName, ResourceType } from './kube.ts';

/** For messages: `pods`, `clusterpolicies.kyverno.io`. */
export function typeTitle({ group, resource }: ResourceType): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** For messages: `secrets "namespace/name"`. */
export function objectTitle(name: ResourceName): string {
  const prefix = name.namespace === undefined ? '' : `${name.namespace}/`;
  return `${typeTitle(name)} "${prefix}${name.name}"`;
}
