import { configMapTrustRoot, parseConfigMapKey } from '#shared/kube/config-map-trust-root.ts';
import type { ReadTrustedRoot } from '#shared/trust/trusted-root.ts';
import type { Environment } from '../environment.ts';
import { usageError } from '../input-error.ts';
import { type ClusterArguments, openCluster } from './open-cluster.ts';

/**
 * The trust root in a ConfigMap, `k8s://NAMESPACE/NAME[/KEY]`.
 * @throws {InputError | KubeError | TrustRootError | TrustedRootError}
 */
export async function clusterTrustRoot(
  reference: string,
  args: ClusterArguments,
  env: Environment,
): Promise<ReadTrustedRoot> {
  const key = parseConfigMapKey(reference);
  if (key === undefined)
    throw usageError(
      `invalid argument "${reference}" for "--trusted-root" flag: must be k8s://NAMESPACE/NAME or k8s://NAMESPACE/NAME/KEY of a ConfigMap`,
    );
  return await configMapTrustRoot(await openCluster(args, env), key).load();
}
