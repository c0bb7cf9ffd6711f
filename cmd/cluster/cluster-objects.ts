import { type JsonValue, member } from '#shared/base/json-value.ts';
import type { Kube, KubeObject, ListOptions, ResourceType } from '#shared/kube/kube.ts';
import { usageError } from '../input-error.ts';
import { ClusterError } from './cluster-error.ts';

interface ListedType extends ResourceType {
  /** Spellings that kubectl accepts. */
  readonly names: readonly string[];
}

/** Workloads that can be listed by name, with kubectl's spellings and short names. */
const LISTED_TYPES: readonly ListedType[] = [
  { group: '', version: 'v1', resource: 'pods', names: ['pod', 'po'] },
  {
    group: '',
    version: 'v1',
    resource: 'replicationcontrollers',
    names: ['replicationcontroller', 'rc'],
  },
  { group: '', version: 'v1', resource: 'podtemplates', names: ['podtemplate'] },
  { group: 'apps', version: 'v1', resource: 'deployments', names: ['deployment', 'deploy'] },
  { group: 'apps', version: 'v1', resource: 'replicasets', names: ['replicaset', 'rs'] },
  { group: 'apps', version: 'v1', resource: 'statefulsets', names: ['statefulset', 'sts'] },
  { group: 'apps', version: 'v1', resource: 'daemonsets', names: ['daemonset', 'ds'] },
  { group: 'batch', version: 'v1', resource: 'jobs', names: ['job'] },
  { group: 'batch', version: 'v1', resource: 'cronjobs', names: ['cronjob', 'cj'] },
];

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
    kinds.length === 0 ? LISTED_TYPES : kinds.flatMap((given) => given.split(',')).map(findType);
  const lists = await Promise.all(types.map((listed) => listType(kube, listed, options)));
  const objects = lists.flat();
  return kinds.length > 0 ? objects : objects.filter((object) => !isControlled(object));
}

async function listType(
  kube: Kube,
  listed: ListedType,
  options: ListOptions,
): Promise<readonly KubeObject[]> {
  const objects = await kube.list(listed, options);
  if (objects !== undefined) return objects;
  throw new ClusterError(
    'UNKNOWN_KIND',
    `Cannot list ${listed.resource}: ${kube.server} does not serve them`,
  );
}

function findType(name: string): ListedType {
  const plain = name.toLowerCase().split('.')[0] ?? '';
  const found = LISTED_TYPES.find(
    ({ resource, names }) => resource === plain || names.includes(plain),
  );
  if (found !== undefined) return found;
  const known = LISTED_TYPES.map(({ resource }) => resource).join(', ');
  throw usageError(`unknown kind "${name}": expected one of ${known}`);
}

/** Kubernetes marks the one owner that manages an object with `controller: true`. */
function isControlled(object: KubeObject): boolean {
  const owners = object.metadata['ownerReferences'];
  return (
    Array.isArray(owners) && owners.some((owner: JsonValue) => member(owner, 'controller') === true)
  );
}
