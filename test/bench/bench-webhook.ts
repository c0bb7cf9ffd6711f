import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verifyPolicy } from '#test/support/admission/policies.ts';
import { startRegistry, type TestRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey, type SignerKey } from '#test/support/signer/key-pair.ts';
import { startWebhookProcess, type WebhookProcess } from '#test/support/webhook/webhook-process.ts';

/** The folder of the executables that `npm run build` makes. */
export const DIST: string = fileURLToPath(new URL('../../dist', import.meta.url));

/** The built webhook in a process of its own, a registry in this one, and a policy that verifies with one key. */
export interface BenchWorld {
  readonly registry: TestRegistry;
  readonly key: SignerKey;
  readonly folder: string;
  readonly webhook: WebhookProcess;
  stop(): Promise<void>;
}

export async function startBenchWorld(): Promise<BenchWorld> {
  const registry = await startRegistry();
  const key = generateSignerKey();
  const folder = await mkdtemp(join(tmpdir(), 'sign-policy-bench-'));
  const policies = join(folder, 'policies');
  await mkdir(policies);
  await writeFile(
    join(policies, 'verify.yaml'),
    verifyPolicy({ images: `${registry.host}/*`, keys: [key.publicKeyPem] }),
  );
  const options = {
    policies,
    certificates: join(folder, 'tls'),
    program: join(DIST, 'sign-policy-webhook'),
    // As the Dockerfile has it.
    env: { MALLOC_ARENA_MAX: '2' },
  };
  // The first start makes the certificate; what is measured finds one, as every replica but one does.
  await (await startWebhookProcess(options)).stop();
  const webhook = await startWebhookProcess(options);
  return {
    registry,
    key,
    folder,
    webhook,
    async stop() {
      await webhook.stop();
      await registry.close();
      await rm(folder, { recursive: true });
    },
  };
}
