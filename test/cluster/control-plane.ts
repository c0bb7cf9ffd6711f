import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import type { Pki } from './pki.ts';
import { startProgram } from './program.ts';
import type { Program } from './program.ts';
import { waitFor } from './wait-for.ts';

export interface ControlPlane {
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** @throws {Error} one of the programs ended by itself */
  readonly assertRunning: () => Promise<void>;
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  readonly tools: Readonly<Record<'etcd' | 'kube-apiserver' | 'kube-controller-manager', string>>;
  readonly pki: Pki;
  readonly directory: string;
}

/** Only what the tests look at: the other controllers log about clouds, nodes and volumes. */
const CONTROLLERS = [
  'cronjob',
  'daemonset',
  'deployment',
  'garbage-collector',
  'job',
  'namespace',
  'replicaset',
  'serviceaccount',
  'statefulset',
];

/** Starts all three; they are ready a few seconds later. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const [clientPort = 0, peerPort = 0, securePort = 0] = await freePorts(3);
  const etcd = `http://127.0.0.1:${clientPort}`;
  const server = `https://127.0.0.1:${securePort}`;
  const kubeconfig = join(options.directory, 'controller-manager.kubeconfig');
  const account = await options.pki.clientCertificate('system:kube-controller-manager', []);
  const config = options.pki.kubeconfig(server, account);
  await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 });

  const programs: Program[] = [];
  const start = (name: keyof ControlPlaneOptions['tools'], args: readonly string[]): Program => {
    const path = options.tools[name];
    const program = startProgram(name, [path, ...args], { ...options, env: {} });
    programs.unshift(program);
    return program;
  };
  const plane = {
    server,
    assertRunning: async () => {
      await Promise.all(programs.map(async (program) => program.assertRunning()));
    },
    // Nothing of what they hold is wanted any more, so there is no need to ask.
    stop: async () => {
      await Promise.all(programs.map(async (program) => program.stop('SIGKILL')));
    },
  };
  try {
    start('etcd', etcdFlags(options.directory, etcd, `http://127.0.0.1:${peerPort}`));
    await waitForEtcd(etcd, plane.assertRunning);
    start('kube-apiserver', apiServerFlags(options.pki, { etcd, server, securePort }));
    start('kube-controller-manager', controllerFlags(options.pki, kubeconfig));
  } catch (error) {
    await plane.stop();
    throw error;
  }
  return plane;
}

async function waitForEtcd(url: string, assertRunning: () => Promise<void>): Promise<void> {
  const isHealthy = async (): Promise<true | undefined> => {
    const response = await fetch(`${url}/health`);
    await response.body?.cancel();
    return response.ok ? true : undefined;
  };
  await waitFor('etcd', isHealthy, { giveUp: assertRunning });
}

function etcdFlags(directory: string, clientUrl: string, peerUrl: string): readonly string[] {
  return [
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--unsafe-no-fsync=true',
  ];
}

interface ApiServerPlace {
  readonly etcd: string;
  readonly server: string;
  readonly securePort: number;
}

function apiServerFlags(pki: Pki, place: ApiServerPlace): readonly string[] {
  return [
    `--etcd-servers=${place.etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${place.securePort}`,
    `--tls-cert-file=${pki.servingCertificate}`,
    `--tls-private-key-file=${pki.servingKey}`,
    `--client-ca-file=${pki.clientCa}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.0.0.0/24',
    `--service-account-issuer=${place.server}`,
    `--service-account-key-file=${pki.accountPublicKey}`,
    `--service-account-signing-key-file=${pki.accountKey}`,
    // A loopback address may not become an endpoint of the "kubernetes" Service.
    '--endpoint-reconciler-type=none',
    '--profiling=false',
  ];
}

function controllerFlags(pki: Pki, kubeconfig: string): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${pki.accountKey}`,
    `--root-ca-file=${pki.servingCa}`,
    `--controllers=${CONTROLLERS.map((name) => `${name}-controller`).join(',')}`,
    // Each controller under its own account, as in a real cluster: webhooks see those users.
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--secure-port=0',
  ];
}
