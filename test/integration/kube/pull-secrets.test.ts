import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openKube } from '#shared/kube/open-kube.ts';
import { PullSecrets } from '#shared/kube/pull-secrets.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';

const HOST = 'registry.example';

let fake: FakeKube;
let directory: string;
let now: number;
let pullSecrets: PullSecrets;

beforeEach(async () => {
  fake = await startFakeKube();
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-secrets-'));
  await writeFile(join(directory, 'kubeconfig'), fake.kubeconfig());
  now = 0;
  pullSecrets = new PullSecrets(await openKube({ kubeconfig: join(directory, 'kubeconfig') }), {
    now: () => now,
  });
});

afterEach(async () => {
  await fake.close();
  await rm(directory, { recursive: true });
});

function putSecret(
  name: string,
  password: string,
  options: { host?: string; key?: string } = {},
): void {
  const { host = HOST, key = '.dockerconfigjson' } = options;
  const auths = { [host]: { username: 'u', password } };
  const payload = JSON.stringify(key === '.dockercfg' ? auths : { auths });
  const data = { [key]: Buffer.from(payload).toString('base64') };
  fake.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, data });
}

async function password(
  imagePullSecrets: readonly string[],
  host: string = HOST,
): Promise<string | undefined> {
  const pull = { namespace: 'default', serviceAccountName: 'sa', imagePullSecrets };
  const credential = await (await pullSecrets.keychain(pull)).resolve(host, 'app');
  return credential.kind === 'basic' ? credential.password : undefined;
}

for (const key of ['.dockerconfigjson', '.dockercfg']) {
  test(`PullSecrets: reads a Secret with ${key}`, async () => {
    putSecret('a', 'secret', { key });
    assert.equal(await password(['a']), 'secret');
  });
}

test('MNH-16 PullSecrets: credentials are for their host only', async () => {
  putSecret('a', 'secret');
  assert.equal(await password(['a'], 'other.example'), undefined);
});

test('PullSecrets: several Secrets, in their order; one that does not exist is left out', async () => {
  putSecret('a', 'for-a');
  putSecret('b', 'for-b', { host: 'b.example' });
  assert.equal(await password(['missing', 'a', 'b']), 'for-a');
  assert.equal(await password(['missing', 'a', 'b'], 'b.example'), 'for-b');
});

test('PullSecrets: a workload that names none has those of its service account', async () => {
  putSecret('a', 'of-the-account');
  putSecret('b', 'of-the-pod');
  const metadata = { name: 'sa', namespace: 'default' };
  fake.put({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata,
    imagePullSecrets: [{ name: 'a' }],
  });
  assert.equal(await password([]), 'of-the-account');
  assert.equal(await password(['b']), 'of-the-pod');
});

test('PullSecrets: no service account, and one that may not be looked at, mean no credentials', async () => {
  assert.equal(await password([]), undefined);
  now += 120_000;
  fake.fail({
    path: /serviceaccounts/,
    outcome: { kind: 'status', code: 403, reason: 'Forbidden' },
  });
  assert.equal(await password([]), undefined);
});

test('PullSecrets: a Secret that the webhook was given no right to read is left to the registry to ask for', async () => {
  putSecret('a', 'secret');
  fake.fail({ path: /secrets/, outcome: { kind: 'status', code: 403 } });
  assert.equal(await password(['a']), undefined);
});

test('MNH-18 PullSecrets: a Secret that cannot be read is an error, is not "no credentials", and is not kept', async () => {
  putSecret('a', 'secret');
  for (const code of [422, 500]) {
    fake.fail({ path: /secrets/, times: 1, outcome: { kind: 'status', code } });
    await assert.rejects(password(['a']), {
      status: code,
      message: /^Cannot get secrets "default\/a": /,
    });
  }
  assert.equal(await password(['a']), 'secret');
});

test('MNH-29 PullSecrets: a malformed Secret is an error that quotes nothing of it', async () => {
  const data = { '.dockerconfigjson': Buffer.from('hunter2').toString('base64') };
  fake.put({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a', namespace: 'default' },
    data,
  });
  await assert.rejects(password(['a']), (error: Error) => {
    assert.doesNotMatch(String(error.stack), /hunter2/);
    return true;
  });
});

test('PullSecrets: read once for many, and again after a while', async () => {
  putSecret('a', 'old');
  const all = await Promise.all(Array.from({ length: 12 }, () => password(['a'])));
  assert.deepEqual(new Set(all), new Set(['old']));
  assert.equal(fake.requests.length, 1);
  putSecret('a', 'new');
  assert.equal(await password(['a']), 'old');
  now += 60_000;
  assert.equal(await password(['a']), 'new');
  assert.equal(fake.requests.length, 2);
});

test('MNH-19 PullSecrets: what one namespace holds is not used for another', async () => {
  putSecret('a', 'secret');
  assert.equal(await password(['a']), 'secret');
  const keychain = await pullSecrets.keychain({
    namespace: 'kube-system',
    serviceAccountName: 'sa',
    imagePullSecrets: ['a'],
  });
  assert.equal((await keychain.resolve(HOST, 'app')).kind, 'anonymous');
});
