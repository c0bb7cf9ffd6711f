import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Keychain } from '#shared/registry/keychain.ts';
import { createRegistryFactory } from '#shared/registry/registry-factory.ts';
import { registryDoors } from '#server/registry-doors.ts';
import { testClock } from '#test/support/admission/engine.ts';

const clock = testClock();
const factory = createRegistryFactory({ version: 'test', clock, environment: {} });
after(async () => factory.close());

const own: Keychain = {
  scope: 'own',
  resolve: async () => ({ kind: 'basic', username: 'own', password: 'x' }),
};
const pull = { namespace: '', serviceAccountName: 'default', imagePullSecrets: [] };
const ECR = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';

async function open(
  env: Readonly<Record<string, string>>,
  question: { readonly providers: readonly string[]; readonly usesOwn: boolean },
): Promise<{ readonly keychain: Keychain; readonly lacks: (host: string) => readonly string[] }> {
  const opened: Keychain[] = [];
  const registries = {
    ...factory,
    open(keychain: Keychain) {
      opened.push(keychain);
      return factory.open(keychain);
    },
  };
  const doors = registryDoors({ registries, own, kube: undefined, clock, namespace: 'n', env });
  const { lacks } = await doors.openWithCredentials({ secrets: [], pull, ...question }, undefined);
  const [keychain] = opened;
  assert.ok(keychain);
  return { keychain, lacks };
}

test('a provider of a policy comes before what the webhook itself has, for its own registries', async () => {
  const env = { GITHUB_TOKEN: 'of-github' };
  const { keychain, lacks } = await open(env, { providers: ['default', 'github'], usesOwn: true });
  const expected = { kind: 'basic', username: 'unset', password: 'of-github' };
  assert.deepEqual(await keychain.resolve('ghcr.io', 'acme/app'), expected);
  assert.deepEqual(await keychain.resolve('quay.io', 'acme/app'), await own.resolve('', ''));
  assert.deepEqual(lacks('ghcr.io'), []);
});

test('a policy that names a provider alone gets nothing of what the webhook itself has', async () => {
  const { keychain, lacks } = await open({}, { providers: ['amazon'], usesOwn: false });
  for (const host of [ECR, 'quay.io'])
    assert.deepEqual(await keychain.resolve(host, 'acme/app'), { kind: 'anonymous' });
  assert.match(lacks(ECR).join('\n'), /^provider "amazon" of imageRegistryCredentials gave no/);
  assert.deepEqual(lacks('quay.io'), []);
});
