import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ensureTools } from '#test/tools/build-tools.ts';
import { startControlPlane } from './control-plane.ts';
import { createPki } from './pki.ts';
import type { Pki } from './pki.ts';
import { runCommand } from './run-command.ts';
import type { CommandResult } from './run-command.ts';
import { waitFor } from './wait-for.ts';

export interface KubectlOptions {
  readonly stdin?: string;
  /** Another kubeconfig than the administrator's. */
  readonly kubeconfig?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A real etcd, API server and controller manager on loopback, for one test file. */
export interface Cluster {
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Temporary folder of this run: logs, keys, kubeconfigs; removed at the end. */
  readonly directory: string;
  /** The environment in which `kubectl` finds this cluster and the plugins on `pluginPath`. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the real kubectl; any exit code is an answer. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<CommandResult>;
  /** Writes the kubeconfig of a user who has only the rights that RBAC gives him or his groups. */
  kubeconfigFor(user: string, groups?: readonly string[]): Promise<string>;
  /** Writes the kubeconfig of a service account, with a token that the API server made. */
  kubeconfigForAccount(namespace: string, name: string): Promise<string>;
  /** Ends all processes and removes the folder. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** A folder with kubectl plugins, put on PATH. */
  readonly pluginPath?: string;
}

/** Takes a few seconds once the programs are built (see `ensureTools`). */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const tools = await ensureTools(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']);
  const directory = await mkdtemp(join(tmpdir(), 'sign-policy-cluster-'));
  const pki = await createPki(directory);
  const plane = await startControlPlane({ tools, pki, directory });
  const target = { directory, pki, server: plane.server };
  const kubeconfig = await writeUserKubeconfig(target, 'admin', ['system:masters']);
  const env = environment({ directory, kubeconfig, kubectl: tools.kubectl, ...options });
  const cluster: Cluster = {
    server: plane.server,
    kubeconfig,
    directory,
    env,
    kubectl: async (args, { stdin, kubeconfig: other, env: extra } = {}) =>
      runCommand(tools.kubectl, args, {
        env: { ...env, ...(other === undefined ? {} : { KUBECONFIG: other }), ...extra },
        ...(stdin === undefined ? {} : { stdin }),
      }),
    kubeconfigFor: async (user, groups = []) => writeUserKubeconfig(target, user, groups),
    kubeconfigForAccount: async (namespace, name) => {
      const answer = await cluster.kubectl(['create', 'token', name, `--namespace=${namespace}`]);
      if (answer.code !== 0) {
        throw new Error(answer.stderr);
      }
      const config = pki.kubeconfig(plane.server, { name, token: answer.stdout.trim() });
      return writeKubeconfig(target, name, config);
    },
    stop: async () => {
      await plane.stop();
      await removeUnlessWanted(directory);
    },
  };
  try {
    await waitUntilReady(cluster, plane.assertRunning);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** `1` keeps the folders, for the one who looks for the cause of a failure: all logs are in there. */
export const KEEP_VARIABLE: string = 'SIGN_POLICY_TEST_KEEP';

async function removeUnlessWanted(directory: string): Promise<void> {
  if (process.env[KEEP_VARIABLE] === '1') {
    process.stderr.write(`kept ${directory}\n`);
  } else {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The default service account is the last thing without which Pods are refused. */
async function waitUntilReady(cluster: Cluster, giveUp: () => Promise<void>): Promise<void> {
  const hasAccount = async (): Promise<true> => {
    const answer = await cluster.kubectl(['get', 'serviceaccount', 'default', '-o', 'name']);
    if (answer.code !== 0) {
      throw new Error(answer.stderr);
    }
    return true;
  };
  await waitFor('the API server and the controllers', hasAccount, { giveUp });
}

interface EnvironmentOptions extends ClusterOptions {
  readonly directory: string;
  readonly kubeconfig: string;
  readonly kubectl: string;
}

function environment(options: EnvironmentOptions): Readonly<Record<string, string>> {
  const path = [
    ...(options.pluginPath === undefined ? [] : [options.pluginPath]),
    dirname(options.kubectl),
    dirname(process.execPath),
    '/usr/bin',
    '/bin',
  ];
  return {
    PATH: path.join(delimiter),
    KUBECONFIG: options.kubeconfig,
    // kubectl keeps its discovery cache there.
    HOME: options.directory,
  };
}

interface KubeconfigTarget {
  readonly directory: string;
  readonly pki: Pki;
  readonly server: string;
}

async function writeUserKubeconfig(
  target: KubeconfigTarget,
  name: string,
  groups: readonly string[],
): Promise<string> {
  const user = await target.pki.clientCertificate(name, groups);
  return writeKubeconfig(target, name, target.pki.kubeconfig(target.server, user));
}

async function writeKubeconfig(
  target: KubeconfigTarget,
  name: string,
  config: object,
): Promise<string> {
  const folder = join(target.directory, 'kubeconfig');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  return path;
}
