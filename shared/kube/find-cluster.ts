import { access, readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type JsonObject, stringAt } from '../base/json-value.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { KubeError } from './kube-error.ts';
import {
  type KubeconfigFile,
  mergeKubeconfigFiles,
  readKubeconfigFile,
} from './kubeconfig-file.ts';

/** Which cluster is wanted; the names are kubectl's flags. */
export interface FindClusterOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  /** Looks at no kubeconfig, only at what Kubernetes gives to a Pod. */
  readonly inCluster?: boolean | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where Kubernetes mounts token, CA and namespace. */
  readonly serviceAccountDirectory?: string | undefined;
}

const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Finds the cluster as kubectl does: `--kubeconfig`, else the list in `KUBECONFIG`, else `~/.kube/config`,
 * else the cluster this process runs in. There is no fallback to `localhost:8080`.
 * @throws {KubeError} `NO_CONFIG` or `BAD_CONFIG`.
 */
export async function findCluster(options: FindClusterOptions): Promise<ClusterAccess> {
  const env = options.env ?? process.env;
  if (options.inCluster !== true) {
    const { files, looked } = await readFiles(options, env);
    if (files.length > 0) return chooseContext(mergeKubeconfigFiles(files), options);
    const pod = await podAccess(options, env);
    if (pod !== undefined) return pod;
    throw new KubeError(
      'NO_CONFIG',
      `Cannot find a cluster: there is no kubeconfig file (looked for ${looked.map((path) => `"${path}"`).join(', ')}) ` +
        'and this process does not run in a cluster, one of the two is wanted',
    );
  }
  const pod = await podAccess(options, env);
  if (pod !== undefined) return pod;
  throw new KubeError(
    'NO_CONFIG',
    'Cannot find the cluster this process runs in: KUBERNETES_SERVICE_HOST or the token of the service ' +
      'account is missing, both are wanted',
  );
}

type Environment = Readonly<Record<string, string | undefined>>;

async function readFiles(
  { kubeconfig }: FindClusterOptions,
  env: Environment,
): Promise<{ readonly files: readonly KubeconfigFile[]; readonly looked: readonly string[] }> {
  if (kubeconfig !== undefined && kubeconfig !== '') {
    const file = await readKubeconfigFile(kubeconfig);
    if (file !== undefined) return { files: [file], looked: [kubeconfig] };
    throw new KubeError(
      'NO_CONFIG',
      `Cannot read kubeconfig file "${kubeconfig}": there is no such file`,
    );
  }
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const looked = listed.length > 0 ? listed : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
  const files = await Promise.all(looked.map((path) => readKubeconfigFile(path)));
  return { files: files.filter((file) => file !== undefined), looked };
}

function chooseContext(file: KubeconfigFile, options: FindClusterOptions): ClusterAccess {
  const contextName = options.context ?? file.currentContext;
  const context = contextName === undefined ? {} : entry(file.contexts, 'context', contextName);
  const clusterName = options.cluster ?? stringAt(context, 'cluster');
  if (clusterName === undefined) throw noClusterChosen(file, contextName);
  return {
    cluster: entry(file.clusters, 'cluster', clusterName),
    user: userOf(file, options.user ?? stringAt(context, 'user')),
    namespace: options.namespace || stringAt(context, 'namespace') || 'default',
    origin: contextName === undefined ? `cluster "${clusterName}"` : `context "${contextName}"`,
  };
}

function noClusterChosen(file: KubeconfigFile, contextName: string | undefined): KubeError {
  const problem =
    contextName === undefined
      ? `the kubeconfig has no current context, ${named(file.contexts)}`
      : `context "${contextName}" of the kubeconfig names no cluster`;
  return new KubeError('BAD_CONFIG', `Cannot choose a cluster: ${problem}`);
}

function userOf(file: KubeconfigFile, name: string | undefined): JsonObject {
  return name === undefined || name === '' ? {} : entry(file.users, 'user', name);
}

function entry(entries: ReadonlyMap<string, JsonObject>, kind: string, name: string): JsonObject {
  const found = entries.get(name);
  if (found !== undefined) return found;
  throw new KubeError(
    'BAD_CONFIG',
    `Cannot use ${kind} "${name}": the kubeconfig has no such ${kind}, ${named(entries)}`,
  );
}

function named(entries: ReadonlyMap<string, JsonObject>): string {
  const names = [...entries.keys()].slice(0, 10).map((name) => `"${name}"`);
  return names.length === 0 ? 'it has none at all' : `it has ${names.join(', ')}`;
}

async function podAccess(
  options: FindClusterOptions,
  env: Environment,
): Promise<ClusterAccess | undefined> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const directory = options.serviceAccountDirectory ?? SERVICE_ACCOUNT_DIRECTORY;
  const tokenFile = join(directory, 'token');
  if (host === undefined || host === '' || !(await exists(tokenFile))) return undefined;
  const port = env['KUBERNETES_SERVICE_PORT'] || '443';
  return {
    cluster: {
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      'certificate-authority': join(directory, 'ca.crt'),
    },
    user: { tokenFile },
    namespace: options.namespace || (await podNamespace(directory)),
    origin: 'the service account of this Pod',
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function podNamespace(directory: string): Promise<string> {
  const namespace = await readFile(join(directory, 'namespace'), 'utf8').catch(() => '');
  return namespace.trim() || 'default';
}
