import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Agent, fetch } from 'undici';
import type { JsonObject } from '#shared/base/json-value.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Starting takes a fraction of a second; more means that it never will. Milliseconds. */
const START_TIMEOUT_MS = 20_000;

export interface WebhookProcessOptions {
  /** Folder with the policies; without one they come from the cluster that the flags name. */
  readonly policies?: string;
  /** Folder that gets the self-made certificate. */
  readonly certificates: string;
  /** The executable; `server/main.ts` by default. */
  readonly program?: string;
  readonly flags?: readonly string[];
  /** Environment variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `sign-policy-webhook` as a process of its own, spoken to as the API server does. */
export class WebhookProcess {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly pid: number;
  /** PEM of the authority that made its certificate. */
  readonly authority: string;
  readonly #child: ChildProcess;
  readonly #agent: Agent;

  constructor(child: ChildProcess, url: string, authority: string) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.url = url;
    this.authority = authority;
    this.#agent = new Agent({ connect: { ca: authority } });
  }

  /** Sends an AdmissionReview to `/mutate` or `/validate`; gives the `response` of the answer. */
  async review(path: '/mutate' | '/validate', request: JsonObject): Promise<JsonObject> {
    const response = await fetch(`${this.url}${path}?timeout=10s`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }),
      dispatcher: this.#agent,
    });
    const review = (await response.json()) as { readonly response: JsonObject };
    return review.response;
  }

  async get(path: string): Promise<string> {
    return (await fetch(`${this.url}${path}`, { dispatcher: this.#agent })).text();
  }

  async stop(): Promise<void> {
    await this.#agent.close();
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}

/** Starts the webhook on a free port of loopback and waits until it listens. */
export async function startWebhookProcess(options: WebhookProcessOptions): Promise<WebhookProcess> {
  const child = spawn(
    process.execPath,
    [
      options.program ?? join(ROOT, 'server/main.ts'),
      ...(options.policies === undefined ? [] : ['--policies', options.policies]),
      '--listen=127.0.0.1:0',
      '--drain-seconds=0',
      '--tls-self-made-dir',
      options.certificates,
      '--tls-self-made-name=127.0.0.1',
      ...(options.flags ?? []),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...options.env } },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  const url = await listeningUrl(child);
  return new WebhookProcess(
    child,
    url,
    await readFile(join(options.certificates, 'ca.crt'), 'utf8'),
  );
}

async function listeningUrl(
  child: ChildProcess & { readonly stdout: NodeJS.ReadableStream },
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => reject(new Error('the webhook did not start in time')),
    START_TIMEOUT_MS,
  );
  child.once('exit', (code) => reject(new Error(`the webhook ended with code ${code}`)));
  // Read to the end, so that a full pipe never stops the process.
  createInterface({ input: child.stdout }).on('line', (line) => {
    const address = /"address":"(https:[^"]+)"/.exec(line)?.[1];
    if (address !== undefined) resolve(address);
  });
  return promise.finally(() => clearTimeout(timer));
}
