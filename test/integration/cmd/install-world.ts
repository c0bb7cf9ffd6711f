import { type JsonObject, type JsonValue, member } from '#shared/base/json-value.ts';
import {
  type FakeKube,
  type FakeKubeOptions,
  startFakeKube,
} from '#test/support/kube/fake-kube.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { DIGEST_PATTERN_POLICY } from '#test/support/admission/policies.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

/** Name of both webhook configurations. */
export const WEBHOOK_NAME = 'admission-sign-policy';
export const WEBHOOK_KINDS: readonly string[] = [
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
];

/** An API server, a folder with `policy.yaml` and `key.pub`, and the plugin pointed at both. */
export interface InstallWorld {
  readonly kube: FakeKube;
  readonly files: Workspace;
  readonly cli: (...argv: readonly string[]) => Promise<CliResult>;
  /** `install -f policy.yaml`, and more. */
  readonly install: (...more: readonly string[]) => Promise<CliResult>;
  /** Method and path of every write that was no dry run. */
  readonly writes: () => readonly string[];
  /** How API servers reach the webhook, as the configuration of this kind says. */
  readonly clientConfig: (kind: string) => JsonValue | undefined;
  readonly close: () => Promise<void>;
}

export async function startInstallWorld(options: FakeKubeOptions = {}): Promise<InstallWorld> {
  const kube = await startFakeKube(options);
  const files = await makeWorkspace();
  const kubeconfig = await files.write('kubeconfig', kube.kubeconfig());
  const policy = await files.write('policy.yaml', DIGEST_PATTERN_POLICY);
  await files.write('key.pub', generateSignerKey().publicKeyPem);
  const cli = (...argv: readonly string[]): Promise<CliResult> =>
    runCli(argv, { env: { KUBECONFIG: kubeconfig } });
  return {
    kube,
    files,
    cli,
    install: (...more) => cli('install', '-f', policy, ...more),
    writes: () =>
      kube.requests
        .filter(({ method, url }) => method !== 'GET' && !url.includes('dryRun=All'))
        .map(({ method, url }) => `${method} ${url.split('?')[0] ?? ''}`),
    clientConfig: (kind) => {
      const webhooks = member(kube.get(kind, WEBHOOK_NAME), 'webhooks');
      return (webhooks as readonly JsonObject[] | undefined)?.[0]?.['clientConfig'];
    },
    close: async () => {
      await kube.close();
      await files.remove();
    },
  };
}
