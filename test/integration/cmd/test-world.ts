import { putImage } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { type TestImage, putSignedImage } from '#test/support/signer/signed-image.ts';
import { keyPolicy, podYaml } from './sample-policies.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

/** A registry that wants a password, a signed and an unsigned image, and a suite about them. */
export interface TestWorld {
  readonly registry: TestRegistry;
  readonly files: Workspace;
  readonly signed: TestImage;
  /** Environment with the credentials of the registry. */
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  /** Writes a suite about the Pods "good" and "bad" in a folder of its own; answers with the folder. */
  readonly suite: (name: string, results: string, more?: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

const USERNAME = 'ada-of-the-tests';
const PASSWORD = 'never-in-any-file';

export async function makeTestWorld(): Promise<TestWorld> {
  const registry = await startRegistry({
    auth: { kind: 'bearer', username: USERNAME, password: PASSWORD },
  });
  const files = await makeWorkspace();
  const key = generateSignerKey();
  const signed = putSignedImage(registry, 'acme/app:1.0', { key });
  putImage(registry, 'acme/evil', { tag: '1.0' });
  const auth = Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64');
  await files.write('docker/config.json', JSON.stringify({ auths: { [registry.host]: { auth } } }));
  const policy = keyPolicy(registry.host, key.publicKeyPem);
  const pods = [
    podYaml('good', signed.reference),
    podYaml('bad', `${registry.host}/acme/evil:1.0`),
    podYaml('elsewhere', 'registry.invalid/app:1'),
  ].join('');
  return {
    registry,
    files,
    signed,
    env: { DOCKER_CONFIG: files.path('docker') },
    secrets: [USERNAME, PASSWORD, auth, 'registry-token-', 'Bearer', 'uthorization'],
    suite: async (name, results, more = '') => {
      await files.write(`${name}/policy.yaml`, policy);
      await files.write(`${name}/pods.yaml`, pods);
      await files.write(`${name}/kyverno-test.yaml`, suiteYaml(name, results, more));
      return files.path(name);
    },
    close: async () => {
      await registry.close();
      await files.remove();
    },
  };
}

/** A suite as Kyverno's documentation writes it. */
export function suiteYaml(name: string, results: string, more = ''): string {
  return `apiVersion: cli.kyverno.io/v1alpha1
kind: Test
metadata:
  name: ${name}
policies:
  - policy.yaml
resources:
  - pods.yaml
${more}results:
${results}`;
}

/** One entry of `results`, as a flow mapping. */
export function result(resource: string, expected: string, more = ''): string {
  return `  - { policy: signed-images, rule: verify, kind: Pod, resources: [${resource}], result: ${expected}${more} }\n`;
}
