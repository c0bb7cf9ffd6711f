import type { ResourceType } from './kube.ts';

/** The REST resources of all kinds with a pod template. */
export const WORKLOAD_TYPES: readonly (ResourceType & { readonly kind: string })[] = [
  type('', 'Pod'),
  type('', 'ReplicationController'),
  type('', 'PodTemplate'),
  type('apps', 'Deployment'),
  type('apps', 'ReplicaSet'),
  type('apps', 'StatefulSet'),
  type('apps', 'DaemonSet'),
  type('batch', 'Job'),
  type('batch', 'CronJob'),
];

function type(group: string, kind: string): ResourceType & { readonly kind: string } {
  return { group, version: 'v1', resource: `${kind.toLowerCase()}s`, kind };
}
