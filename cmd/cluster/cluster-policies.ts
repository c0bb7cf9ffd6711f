import { formatFault } from '#shared/base/fault.ts';
import type { Kube, KubeObject } from '#shared/kube/kube.ts';
import type { Policy } from '#shared/policy/model.ts';
import { readPolicy } from '#shared/policy/read-policy.ts';
import { ClusterError } from './cluster-error.ts';
import { POLICY_TYPES } from './policy-types.ts';

/** The policies of a cluster, and what their authors should know. */
export interface ClusterPolicies {
  readonly policies: readonly Policy[];
  readonly warnings: readonly string[];
}

/**
 * Every policy that the cluster holds.
 * @throws {ClusterError} if there is none, or one that cannot be used: without it a decision would be a guess.
 */
export async function clusterPolicies(kube: Kube): Promise<ClusterPolicies> {
  const lists = await Promise.all(POLICY_TYPES.map((type) => kube.list(type)));
  const read = lists.flatMap((objects) => objects ?? []).map(readOne);
  if (read.length === 0) {
    throw new ClusterError(
      'NO_POLICIES',
      `Cannot judge by the policies of ${kube.server}: it has none; give policies with -p`,
    );
  }
  return {
    policies: read.flatMap(({ policies }) => policies),
    warnings: read.flatMap(({ warnings }) => warnings),
  };
}

/** `ClusterPolicy/name` or `Policy/namespace/name`. */
function policyTitle({ kind, metadata }: KubeObject): string {
  const namespace = metadata['namespace'];
  return [kind, ...(typeof namespace === 'string' ? [namespace] : []), metadata.name].join('/');
}

function readOne(object: KubeObject): ClusterPolicies {
  const read = readPolicy(object);
  const faults = read?.faults ?? [];
  const title = policyTitle(object);
  if (read?.policy === undefined) {
    const why = faults.filter(({ severity }) => severity !== 'warning').map(formatFault);
    throw new ClusterError(
      'FAULTY_POLICY',
      `Cannot use policy ${title} of the cluster: ${why.join('; ')}`,
    );
  }
  const told = faults.filter(({ severity }) => severity !== 'foreign');
  return {
    policies: [read.policy],
    warnings: told.map((fault) => `${title}: ${formatFault(fault)}`),
  };
}
