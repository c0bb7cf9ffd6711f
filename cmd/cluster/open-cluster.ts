import type { Kube } from '#shared/kube/kube.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import type { Environment } from '../environment.ts';

/** The flags that say which cluster. */
export interface ClusterArguments {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly cluster: string | undefined;
  readonly user: string | undefined;
  readonly namespace?: string | undefined;
}

/** The API server that the flags and KUBECONFIG name. */
export async function openCluster(args: ClusterArguments, env: Environment): Promise<Kube> {
  const { kubeconfig, context, cluster, user, namespace } = args;
  return await openKube({ kubeconfig, context, cluster, user, namespace, env });
}
