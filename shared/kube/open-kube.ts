import { type FindClusterOptions, findCluster } from './find-cluster.ts';
import type { Kube } from './kube.ts';

export type OpenKubeOptions = FindClusterOptions;

/**
 * Opens the cluster that the options, `KUBECONFIG` or the surroundings name; nothing is sent yet.
 * The client is loaded here and not before: it is the slowest part of the program to load.
 * @throws {KubeError} `NO_CONFIG` or `BAD_CONFIG`, saying what was looked for or what is wrong.
 */
export async function openKube(options: OpenKubeOptions = {}): Promise<Kube> {
  const access = await findCluster(options);
  const { KubeClient } = await import('./kube-client.ts');
  return new KubeClient(access);
}
