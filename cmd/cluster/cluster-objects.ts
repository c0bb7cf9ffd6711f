import type { Kube, KubeObject, ListOptions, ResourceType } from '#shared/kube/kube.ts';
import { WORKLOAD_TYPES } from '#shared/kube/workload-types.ts';
import { isControlled } from '#shared/workload/is-controlled.ts';
import { usageError } from '../input-error.ts';
import { ClusterError } from './cluster-error.ts';

/** Short names that kubectl has for workloads. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  Pod: 'po',
  ReplicationController: 'rc',
  Deployment: 'deploy',
  ReplicaSet: 'rs',
  StatefulSet: 'sts',
  DaemonSet: 'ds',
  CronJob: 'cj',
};

/**
 * Objects of a running cluster. Without `kinds`: all workloads that no other object controls, which are
 * the ones people write; with kinds: every object of these.
 * @throws {InputError} for a kind that carries no images.
 */
export async function clusterObjects(
  kube: Kube,
  kinds: readonly string[],
  options: ListOptions,
): Promise<readonly KubeObject[]> {
  const types =
    kinds.length === 0 ? WORKLOAD_TYPES : kinds.flatMap((given) => given.split(',')).map(findType);
  const lists = await Promise.all(types.map((listed) => listType(kube, listed, options)));
  const objects = lists.flat();
  return kinds.length > 0 ? objects : objects.filter((object) => !isControlled(object));
}

async function listType(
  kube: Kube,
  listed: ResourceType,
  options: ListOptions,
): Promise<readonly KubeObject[]> {
  const objects = await kube.list(listed, options);
  if (objects !== undefined) return objects;
  throw new ClusterError(
    'UNKNOWN_KIND',
    `Cannot list ${listed.resource}: ${kube.server} does not serve them`,
  );
}

function findType(name: string): ResourceType {
  const plain = name.toLowerCase().split('.')[0] ?? '';
  const found = WORKLOAD_TYPES.find(({ resource, kind }) =>
    [resource, kind.toLowerCase(), SHORT_NAMES[kind]].includes(plain),
  );
  if (found !== undefined) return found;
  const known = WORKLOAD_TYPES.map(({ resource }) => resource).join(', ');
  throw usageError(`unknown kind "${name}": expected one of ${known}`);
}
