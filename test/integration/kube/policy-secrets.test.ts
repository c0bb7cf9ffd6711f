import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openKube } from '#shared/kube/open-kube.ts';
import { PolicySecrets } from '#shared/kube/policy-secrets.ts';
import type { SecretPlace } from '#shared/workload/secret-place.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';

const HOST = 'registry.example';
const OWN = 'sign-policy-system';
const A: SecretPlace = { namespace: undefined, name: 'a' };

let fake: FakeKube;
let directory: string;
let now: number;
let secrets: PolicySecrets;

beforeEach(async () => {
  fake = await startFakeKube();
  for (const name of [OWN, 'team'])
    fake.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-credentials-'));
  await writeFile(join(directory, 'kubeconfig'), fake.kubeconfig());
  now = 0;
  secrets = new PolicySecrets({
    kube: await openKube({ kubeconfig: join(directory, 'kubeconfig') }),
    clock: { now: () => now },
    namespace: OWN,
  });
});

afterEach(async () => {
  await fake.close();
  await rm(directory, { recursive: true });
});

interface PutOptions {
  readonly namespace?: string;
  readonly key?: string;
  readonly text?: string;
}

function put(name: string, password: string, options: PutOptions = {}): void {
  const { namespace = OWN, key = '.dockerconfigjson' } = options;
  const text = options.text ?? JSON.stringify({ auths: { [HOST]: { username: 'u', password } } });
  const data = { [key]: Buffer.from(text).toString('base64') };
  fake.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data });
}

async function passwords(...places: readonly SecretPlace[]): Promise<readonly string[]> {
  const { keychains } = await secrets.find(places);
  const found = await Promise.all(keychains.map((each) => each.resolve(HOST, 'app')));
  return found.map((credential) => (credential.kind === 'basic' ? credential.password : ''));
}

test('PolicySecrets: a name alone is in the webhook’s own namespace', async () => {
  put('a', 'own');
  put('a', 'of-the-team', { namespace: 'team' });
  assert.deepEqual(await passwords(A), ['own']);
  assert.deepEqual(await passwords({ namespace: 'team', name: 'a' }, A), ['of-the-team', 'own']);
});

test('PolicySecrets: is kept for a minute', async () => {
  put('a', 'old');
  assert.deepEqual(await passwords(A), ['old']);
  put('a', 'new');
  now = 59_000;
  assert.deepEqual(await passwords(A), ['old']);
  now = 61_000;
  assert.deepEqual(await passwords(A), ['new']);
});

test('PolicySecrets: what is missing is told, and is seen as soon as it is there', async () => {
  assert.deepEqual(await secrets.find([A]), {
    keychains: [],
    lacks: [`Secret "${OWN}/a" of imageRegistryCredentials does not exist`],
  });
  put('a', 'new');
  assert.deepEqual(await passwords(A), ['new']);
});

test('PolicySecrets: requests at the same time read once', async () => {
  put('a', 'own');
  await Promise.all([passwords(A), passwords(A), passwords(A)]);
  assert.equal(fake.requests.length, 1);
});

test('PolicySecrets: a Secret without credentials is told', async () => {
  put('a', '', { key: 'password' });
  const { lacks } = await secrets.find([A]);
  assert.deepEqual(lacks, [
    `Secret "${OWN}/a" of imageRegistryCredentials holds no registry credentials (".dockerconfigjson")`,
  ]);
});

test('PolicySecrets: one that may not be read is told with what lets it', async () => {
  fake.fail({ path: /secrets/, outcome: { kind: 'status', code: 403 } });
  const { lacks } = await secrets.find([A]);
  assert.match(
    lacks[0] ?? '',
    /"kubectl sign-policy install --pull-secrets-of sign-policy-system"/,
  );
});

test('MNH-29 PolicySecrets: one that cannot be understood is an error that quotes nothing of it', async () => {
  put('a', '', { text: 'hush {' });
  await assert.rejects(secrets.find([A]), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'UNAUTHORIZED');
    assert.match(error.message, /^Cannot use Secret "sign-policy-system\/a".*is not JSON$/);
    assert.doesNotMatch(error.message, /hush/);
    return true;
  });
});

test('MNH-18 PolicySecrets: an API server in trouble is not a missing Secret', async () => {
  fake.fail({ path: /secrets/, outcome: { kind: 'status', code: 500 } });
  await assert.rejects(secrets.find([A]), { code: 'UNREACHABLE' });
});
