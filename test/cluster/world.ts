import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCluster } from './cluster.ts';
import type { Cluster, KubectlOptions } from './cluster.ts';
import { digestPolicy, keyPolicy, namespace } from './manifests.ts';
import type { Manifest } from './manifests.ts';
import type { CommandResult } from './run-command.ts';
import { startSampleImages } from './sample-images.ts';
import type { SampleImages } from './sample-images.ts';
import { waitFor } from './wait-for.ts';
import { DIST, prepareWebhook } from './webhook.ts';
import type { Webhook, WebhookOptions } from './webhook.ts';

/** A cluster, signed images, and a webhook that is prepared but neither started nor installed. */
export interface World {
  readonly cluster: Cluster;
  readonly images: SampleImages;
  readonly webhook: Webhook;
  /** The two policies that make pinning and refusing: by digest only, and signed by the shop. */
  readonly policyFile: string;
  /** A fresh namespace; tests do not see each other's objects. */
  createNamespace(): Promise<string>;
  /** `kubectl apply -f -` into a namespace. */
  apply(namespace: string, manifest: Manifest, ...flags: string[]): Promise<CommandResult>;
  /** Runs kubectl and expects exit code 0; its standard output. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** Starts the webhook, installs it with the two policies, and waits until it refuses. */
  install(): Promise<void>;
  /** Waits until a server-side dry run of a Pod with this image is refused, or admitted. */
  waitUntil(outcome: 'refused' | 'admitted', image: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startWorld(options: WebhookOptions = {}): Promise<World> {
  const cluster = await startCluster({ pluginPath: DIST });
  try {
    const webhook = await prepareWebhook(cluster, options);
    return await furnish(cluster, webhook, await startSampleImages(cluster.directory));
  } catch (error) {
    // What still runs would keep this process, and the test run, from ending.
    await cluster.stop();
    throw error;
  }
}

async function furnish(cluster: Cluster, webhook: Webhook, images: SampleImages): Promise<World> {
  const policyFile = await writePolicies(cluster.directory, images);
  const kubectl = async (args: readonly string[], options?: KubectlOptions): Promise<string> => {
    const result = await cluster.kubectl(args, options);
    assert.equal(result.code, 0, `kubectl ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  const waitUntil: World['waitUntil'] = async (outcome, image) => {
    await waitFor(`an API server that has ${outcome} ${image}`, async () => {
      const run = ['run', 'canary', `--image=${image}`, '--dry-run=server'];
      const { code, stderr } = await cluster.kubectl(run);
      // A call that failed is refused too, but says nothing about policies.
      const isRefused = code !== 0 && stderr.includes('denied the request');
      const isSo = outcome === 'refused' ? isRefused : code === 0;
      if (!isSo) {
        throw new Error(stderr);
      }
      return true;
    });
  };
  let namespaces = 0;
  return {
    cluster,
    images,
    webhook,
    policyFile,
    kubectl,
    waitUntil,
    createNamespace: async () => {
      namespaces += 1;
      const name = `test-${namespaces}`;
      await kubectl(['create', '-f', '-'], { stdin: JSON.stringify(namespace(name)) });
      await waitForAccount(cluster, name);
      return name;
    },
    apply: async (where, manifest, ...flags) =>
      cluster.kubectl(['apply', '-n', where, '-f', '-', ...flags], {
        stdin: JSON.stringify(manifest),
      }),
    install: async () => {
      await webhook.start();
      await kubectl(['sign-policy', 'install', '-f', policyFile, ...webhookFlags(webhook)]);
      await waitUntil('refused', images.unsigned.byTag);
      await waitUntil('admitted', images.signed.byTag);
    },
    stop: async () => {
      await webhook.stop('SIGKILL');
      await images.registry.stop();
      await cluster.stop();
    },
  };
}

/** What tells `install` about a webhook outside the cluster. */
export function webhookFlags(webhook: Webhook): readonly string[] {
  return [`--webhook-url=${webhook.url}`, `--ca-file=${webhook.caFile}`];
}

async function writePolicies(directory: string, images: SampleImages): Promise<string> {
  const folder = join(directory, 'policies');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'policies.yaml');
  const documents = [digestPolicy(), keyPolicy(images)];
  // JSON is YAML; two documents in one file.
  await writeFile(
    file,
    documents.map((each) => JSON.stringify(each, undefined, 2)).join('\n---\n'),
  );
  return file;
}

/** Pods of a namespace without it are refused. */
async function waitForAccount(cluster: Cluster, name: string): Promise<void> {
  await waitFor(`the service account of ${name}`, async () => {
    const answer = await cluster.kubectl(['get', 'serviceaccount', 'default', '-n', name]);
    return answer.code === 0 ? true : undefined;
  });
}
