import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority } from './authority.ts';
import type { Cluster } from './cluster.ts';
import { freePorts } from './free-ports.ts';
import { startProgram } from './program.ts';
import type { Program } from './program.ts';
import { waitFor } from './wait-for.ts';

/** Where `npm run build` leaves the executables. */
export const DIST: string = join(import.meta.dirname, '..', '..', 'dist');

/** The built `sign-policy-webhook`, outside the cluster, with policies from the cluster. */
export interface Webhook {
  /** `https://127.0.0.1:PORT`, for `--webhook-url`. */
  readonly url: string;
  /** PEM file that vouches for the certificate it is given, for `--ca-file`. */
  readonly caFile: string;
  /** What it logged so far. */
  log(): Promise<string>;
  /** Plain-HTTP GET of `/readyz?verbose`, `/metrics` …; the body. */
  get(path: string): Promise<string>;
  /** Ends it; `start` brings it back at the same address. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it (again) and waits until it is ready. */
  start(): Promise<void>;
}

export interface WebhookOptions {
  /** Default: the administrator's. */
  readonly kubeconfig?: string;
  /** It makes its own certificate and puts it into the cluster; default: it is given one. */
  readonly selfMade?: true;
  /** Default: its own default, Pods only. */
  readonly pin?: 'workloads';
  /** More of its flags. */
  readonly flags?: readonly string[];
}

/** Chooses addresses and makes a certificate; `start()` starts it. */
export async function prepareWebhook(
  cluster: Cluster,
  options: WebhookOptions = {},
): Promise<Webhook> {
  const [port = 0, healthPort = 0] = await freePorts(2);
  const health = `http://127.0.0.1:${healthPort}`;
  const files = await writeCertificate(cluster.directory);
  const executable = join(DIST, 'sign-policy-webhook');
  await access(executable);
  const flags = [
    `--kubeconfig=${options.kubeconfig ?? cluster.kubeconfig}`,
    `--listen=127.0.0.1:${port}`,
    `--health-listen=127.0.0.1:${healthPort}`,
    '--drain-seconds=0',
    ...(options.flags ?? []),
    ...(options.pin === undefined ? [] : [`--pin=${options.pin}`]),
    ...(options.selfMade === true ? ['--tls-self-made-name=127.0.0.1'] : certificateFlags(files)),
  ];
  let program: Program | undefined;
  return {
    url: `https://127.0.0.1:${port}`,
    caFile: files.ca,
    log: async () => (await program?.log()) ?? '',
    get: async (path) => (await fetch(`${health}${path}`)).text(),
    stop: async (signal) => program?.stop(signal),
    start: async () => {
      const started = startProgram('sign-policy-webhook', [executable, ...flags], cluster);
      program = started;
      const isReady = async (): Promise<true | undefined> => {
        const response = await fetch(`${health}/readyz?verbose`);
        const text = await response.text();
        if (!response.ok) {
          throw new Error(text);
        }
        return true;
      };
      await waitFor('the webhook', isReady, { giveUp: started.assertRunning });
    },
  };
}

function certificateFlags(files: CertificateFiles): readonly string[] {
  return [`--tls-cert-file=${files.certificate}`, `--tls-private-key-file=${files.privateKey}`];
}

interface CertificateFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
}

async function writeCertificate(directory: string): Promise<CertificateFiles> {
  const authority = await createAuthority('test webhook CA');
  const pair = await authority.issue({
    subject: 'CN=sign-policy-webhook',
    ipAddresses: ['127.0.0.1'],
  });
  const files = {
    ca: join(directory, 'webhook-ca.crt'),
    certificate: join(directory, 'webhook.crt'),
    privateKey: join(directory, 'webhook.key'),
  };
  await writeFile(files.ca, authority.certificate);
  await writeFile(files.certificate, pair.certificate);
  await writeFile(files.privateKey, pair.privateKey, { mode: 0o600 });
  return files;
}
