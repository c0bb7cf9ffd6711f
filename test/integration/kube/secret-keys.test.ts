import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openKube } from '#shared/kube/open-kube.ts';
import { secretKeys } from '#shared/kube/secret-keys.ts';
import type { KeyProvider } from '#shared/trust/key-source.ts';
import { fetchKey, keyRefusal } from '#test/support/kms/fetch-key.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';

const PEM = generateSignerKey().publicKeyPem + generateSignerKey().publicKeyPem;

let fake: FakeKube;
let directory: string;
let provider: KeyProvider;

beforeEach(async () => {
  fake = await startFakeKube();
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-keys-'));
  await writeFile(join(directory, 'kubeconfig'), fake.kubeconfig());
  provider = secretKeys(await openKube({ kubeconfig: join(directory, 'kubeconfig') }));
  // As `cosign generate-key-pair k8s://keys/release` makes it.
  putSecret('release', { 'cosign.key': 'private', 'cosign.password': '', 'cosign.pub': PEM });
  putSecret('other', { 'key.pem': PEM });
});

afterEach(async () => {
  await fake.close();
  await rm(directory, { recursive: true });
});

function putSecret(name: string, content: Readonly<Record<string, string>>): void {
  const data = Object.fromEntries(
    Object.entries(content).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
  fake.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'keys' }, data });
}

test('k8s://: cosign.pub of the Secret is read, with all its keys, by one request', async () => {
  assert.equal(await fetchKey(provider, 'k8s://keys/release'), PEM);
  assert.deepEqual(
    fake.requests.map(({ method, url }) => `${method} ${url}`),
    ['GET /api/v1/namespaces/keys/secrets/release'],
  );
});

for (const [name, uri, code] of [
  ['a Secret that does not exist', 'k8s://keys/none', 'NOT_FOUND'],
  ['a Secret without cosign.pub', 'k8s://keys/other', 'NOT_FOUND'],
  ['no namespace', 'k8s://release', 'BAD_REFERENCE'],
  ['more than namespace and name', 'k8s://keys/release/x', 'BAD_REFERENCE'],
  ['a path that leaves Secrets', 'k8s://keys/../x', 'BAD_REFERENCE'],
  ['a name with a query', 'k8s://keys/release?x', 'BAD_REFERENCE'],
] as const) {
  test(`k8s://: ${name} is ${code}`, async () => {
    const error = await keyRefusal(provider, uri);
    assert.equal(error.code, code, error.message);
    assert.equal(error.transient, false);
  });
}

test('k8s://: a Secret that may not be read is FORBIDDEN, with the server’s words', async () => {
  fake.fail({ path: /secrets/, outcome: { kind: 'status', code: 403, message: 'not you' } });
  const error = await keyRefusal(provider, 'k8s://keys/release');
  assert.equal(error.code, 'FORBIDDEN');
  assert.match(error.message, /answered 403.*not you/);
  assert.equal(error.transient, false);
});

test('k8s://: a server that is away may come back', async () => {
  await fake.close();
  const error = await keyRefusal(provider, 'k8s://keys/release');
  assert.equal(error.code, 'UNREACHABLE');
  assert.equal(error.transient, true);
  fake = await startFakeKube();
});
