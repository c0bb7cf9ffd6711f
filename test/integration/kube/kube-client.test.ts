import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createAuthority, issueCertificate } from '#server/tls/certificate-authority.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { KubeError, type KubeErrorCode } from '#shared/kube/kube-error.ts';
import type { Kube, KubeObject } from '#shared/kube/kube.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import {
  type FakeKube,
  type FakeKubeOptions,
  startFakeKube,
} from '#test/support/kube/fake-kube.ts';

const SECRETS = { group: '', version: 'v1', resource: 'secrets' };
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const OWN = { fieldManager: 'sign-policy' };

let directory: string;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-kube-'));
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(directory, { recursive: true });
});

async function startFake(options?: FakeKubeOptions): Promise<FakeKube> {
  const fake = await startFakeKube(options);
  closing.push(() => fake.close());
  return fake;
}

type Extra = Parameters<FakeKube['kubeconfig']>[0];

async function open(fake: FakeKube, extra?: Extra): Promise<Kube> {
  const file = join(directory, 'kubeconfig');
  await writeFile(file, fake.kubeconfig(extra));
  return openKube({ kubeconfig: file });
}

function configMap(name: string, data: JsonObject, more: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ...more },
    data,
  };
}

test('get: the object as it is, with fields that nobody here knows; undefined if there is none', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  fake.put({ ...configMap('a', {}), future: { field: [1, { deep: null }] } });
  const found = await kube.get({ ...CONFIG_MAPS, namespace: 'default', name: 'a' });
  assert.deepEqual(found?.['future'], { field: [1, { deep: null }] });
  assert.equal(await kube.get({ ...CONFIG_MAPS, namespace: 'default', name: 'b' }), undefined);
});

test('list: follows pages, and gives each item the kind that the list has', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  for (let index = 0; index < 1203; index += 1) fake.put(configMap(`c-${index}`, {}));
  const items = await kube.list(CONFIG_MAPS);
  assert.equal(items?.length, 1203);
  assert.equal(new Set(items.map(({ metadata }) => metadata.name)).size, 1203);
  assert(items.every(({ kind, apiVersion }) => kind === 'ConfigMap' && apiVersion === 'v1'));
  assert.equal(fake.requests.length, 3);
});

test('list: by namespace and label', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  fake.put(configMap('a', {}, { labels: { team: 'x' } }));
  fake.put(configMap('b', {}));
  fake.put(configMap('c', {}, { namespace: 'kube-system', labels: { team: 'x' } }));
  const items = await kube.list(CONFIG_MAPS, { namespace: 'default', labelSelector: 'team=x' });
  assert.deepEqual(
    items?.map(({ metadata }) => metadata.name),
    ['a'],
  );
});

test('list and serves: a type that is not served is undefined, not empty', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  const unknown = { group: 'kyverno.io', version: 'v1', resource: 'clusterpolicies' };
  assert.equal(await kube.list(unknown), undefined);
  assert.equal(await kube.serves(unknown), false);
  assert.equal(await kube.serves({ ...CONFIG_MAPS, resource: 'nothings' }), false);
  assert.equal(await kube.serves(CONFIG_MAPS), true);
  assert.deepEqual(await kube.list(CONFIG_MAPS), []);
});

test('MNH-18 list: 404 for a type that discovery knows is an error, not "nothing"', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  fake.fail({ path: /configmaps/, outcome: { kind: 'text', code: 404, text: 'starting' } });
  await assert.rejects(kube.list(CONFIG_MAPS), { code: 'NOT_FOUND', status: 404 });
});

test('apply: creates, changes only what it says, and leaves fields of others alone', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  await kube.apply(CONFIG_MAPS, configMap('a', { mine: '1', gone: 'x' }), OWN);
  await kube.apply(CONFIG_MAPS, configMap('a', { theirs: '2' }), { fieldManager: 'other' });
  const object = await kube.apply(CONFIG_MAPS, configMap('a', { mine: '3' }), OWN);
  assert.deepEqual(object['data'], { mine: '3', theirs: '2' });
  const last = fake.requests.at(-1);
  assert.equal(last?.headers['content-type'], 'application/apply-patch+yaml');
  assert.match(last.url, /fieldManager=sign-policy&force=false$/);
});

test('apply: a dry run changes nothing', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  const answer = await kube.apply(CONFIG_MAPS, configMap('a', { x: 'y' }), {
    ...OWN,
    dryRun: true,
  });
  assert.deepEqual(answer['data'], { x: 'y' });
  assert.equal(fake.get('ConfigMap', 'a', 'default'), undefined);
  assert.match(fake.requests.at(-1)?.url ?? '', /dryRun=All/);
});

test('apply: a field of somebody else is a conflict, unless forced', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  await kube.apply(CONFIG_MAPS, configMap('a', { x: '1' }), { fieldManager: 'other' });
  await assert.rejects(kube.apply(CONFIG_MAPS, configMap('a', { x: '2' }), OWN), {
    code: 'CONFLICT',
    message:
      /^Cannot apply configmaps "default\/a": http:.* answered 409 Conflict: Apply failed with 1 conflict: conflict with "other": \.data\.x/,
  });
  const forced = await kube.apply(CONFIG_MAPS, configMap('a', { x: '2' }), { ...OWN, force: true });
  assert.deepEqual(forced['data'], { x: '2' });
});

test('delete and mergePatch', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  const name = { ...CONFIG_MAPS, namespace: 'default', name: 'a' };
  fake.put(configMap('a', { x: '1', y: '2' }));
  const asked = await kube.mergePatch(name, { data: { x: null } }, { dryRun: true });
  assert.deepEqual(asked['data'], { y: '2' });
  assert.deepEqual(fake.get('ConfigMap', 'a', 'default')?.['data'], { x: '1', y: '2' });
  const patched = await kube.mergePatch(name, { data: { x: null } });
  assert.deepEqual(patched['data'], { y: '2' });
  await assert.rejects(kube.mergePatch({ ...name, name: 'b' }, {}), { code: 'NOT_FOUND' });
  assert.equal(await kube.delete(name, { dryRun: true }), true);
  assert.equal(await kube.delete(name), true);
  assert.equal(await kube.delete(name), false);
});

test('serverVersion, server and the namespace of the context', async () => {
  const fake = await startFake();
  const kube = await open(fake, { namespace: 'team-a' });
  assert.equal(await kube.serverVersion(), 'v1.36.3');
  assert.equal(kube.server, fake.url);
  assert.equal(kube.defaultNamespace, 'team-a');
  assert.equal((await open(fake)).defaultNamespace, 'default');
});

const REFUSALS: readonly (readonly [number, KubeErrorCode])[] = [
  [401, 'UNAUTHORIZED'],
  [403, 'FORBIDDEN'],
  [409, 'CONFLICT'],
  [422, 'INVALID'],
  [500, 'SERVER_ERROR'],
];

for (const [code, kind] of REFUSALS) {
  test(`${code} is ${kind}, with the call and the words of the server`, async () => {
    const fake = await startFake();
    const kube = await open(fake);
    fake.fail({
      path: /secrets/,
      outcome: { kind: 'status', code, reason: 'R', message: 'because of x' },
    });
    await assert.rejects(kube.get({ ...SECRETS, namespace: 'a', name: 'b' }), (error) => {
      assert(error instanceof KubeError);
      assert.equal(error.code, kind);
      assert.equal(error.status, code);
      assert.equal(
        error.message,
        `Cannot get secrets "a/b": ${fake.url} answered ${code} R: because of x`,
      );
      return true;
    });
  });
}

for (const code of [429, 503]) {
  test(`${code} with Retry-After is tried again, but not for ever`, async () => {
    const fake = await startFake();
    const kube = await open(fake);
    const outcome = { kind: 'status', code, retryAfter: 0 } as const;
    fake.fail({ path: /version/, times: 2, outcome });
    assert.equal(await kube.serverVersion(), 'v1.36.3');
    assert.equal(fake.requests.length, 3);
    fake.fail({ path: /version/, outcome });
    await assert.rejects(kube.serverVersion(), { code: 'SERVER_ERROR', status: code });
    assert.equal(fake.requests.length, 7);
  });
}

test('a server that asks for a long pause is not waited for', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  fake.fail({ path: /version/, outcome: { kind: 'status', code: 503, retryAfter: 3600 } });
  await assert.rejects(kube.serverVersion(), { status: 503 });
  assert.equal(fake.requests.length, 1);
});

test('a page of a proxy instead of an answer is an error', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  fake.fail({
    path: /version/,
    times: 1,
    outcome: { kind: 'text', code: 200, text: '<html>login</html>' },
  });
  await assert.rejects(kube.serverVersion(), {
    code: 'UNREACHABLE',
    message: /^Cannot ask for the version/,
  });
  fake.fail({ path: /pods/, times: 1, outcome: { kind: 'text', code: 200, text: '[]' } });
  await assert.rejects(kube.list({ ...CONFIG_MAPS, resource: 'pods' }), {
    message: /the answer is no list$/,
  });
});

test('a connection that is cut, and a server that is not there', async () => {
  const fake = await startFake();
  const kube = await open(fake);
  fake.fail({ path: /version/, times: 1, outcome: { kind: 'cut' } });
  await assert.rejects(kube.serverVersion(), { code: 'UNREACHABLE' });
  const port = await freePort();
  const nobody = await open(fake, { cluster: { server: `http://127.0.0.1:${port}` } });
  await assert.rejects(nobody.serverVersion(), {
    code: 'UNREACHABLE',
    message: new RegExp(
      `^Cannot ask for the version of the server: http://127.0.0.1:${port} could not be reached \\(.+\\)$`,
    ),
  });
});

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('HTTPS with the CA of the kubeconfig, and connections are kept', async () => {
  const authority = await createAuthority(Date.now());
  const { certificate: cert, key } = await issueCertificate(authority, ['127.0.0.1'], Date.now());
  const fake = await startFake({ tls: { cert, key } });
  const ca = Buffer.from(authority.certificate).toString('base64');
  const kube = await open(fake, { cluster: { 'certificate-authority-data': ca } });
  for (let call = 0; call < 5; call += 1) await kube.serverVersion();
  assert(fake.connections() <= 2, `${fake.connections()} connections for 5 calls`);
  const distrusting = await open(fake);
  await assert.rejects(distrusting.serverVersion(), {
    code: 'UNREACHABLE',
    message: /certificate/,
  });
  const careless = await open(fake, { cluster: { 'insecure-skip-tls-verify': true } });
  assert.equal(await careless.serverVersion(), 'v1.36.3');
});

test('plain HTTP to another machine is refused: a token would be readable on the way', async () => {
  const fake = await startFake();
  await assert.rejects(open(fake, { cluster: { server: 'http://k8s.example:8080' } }), {
    code: 'BAD_CONFIG',
    message: /its server is "http:\/\/k8s\.example:8080", a URL with https is wanted/,
  });
});

test('a token from a file is read again when the server refuses it', async () => {
  let token = 'first';
  const fake = await startFake({ token: () => token });
  const tokenFile = join(directory, 'token');
  await writeFile(tokenFile, 'first\n');
  const kube = await open(fake, { user: { tokenFile } });
  assert.equal(await kube.serverVersion(), 'v1.36.3');
  token = 'second';
  await writeFile(tokenFile, 'second');
  assert.equal(await kube.serverVersion(), 'v1.36.3');
  token = 'third';
  await assert.rejects(kube.serverVersion(), { code: 'UNAUTHORIZED' });
});

test('a credential plugin gives the token, is told about the call, and is asked again when it is refused', async () => {
  let token = 'token-1';
  const fake = await startFake({ token: () => token });
  const plugin = join(directory, 'plugin');
  const count = join(directory, 'count');
  await writeFile(
    plugin,
    `#!/bin/sh\necho x >> "${count}"\ncase "$KUBERNETES_EXEC_INFO" in *ExecCredential*) ;; *) exit 3;; esac\n` +
      `printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"token-%s"}}' $(wc -l < "${count}")\n`,
  );
  await chmod(plugin, 0o755);
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', env: null };
  const kube = await open(fake, { user: { exec } });
  assert.equal(await kube.serverVersion(), 'v1.36.3');
  assert.equal(await kube.serverVersion(), 'v1.36.3');
  token = 'token-2';
  assert.equal(await kube.serverVersion(), 'v1.36.3');
});

test('a credential plugin that fails is one clear message with its own words', async () => {
  const fake = await startFake();
  const plugin = join(directory, 'plugin');
  await writeFile(plugin, '#!/bin/sh\necho "please log in" >&2\nexit 1\n');
  await chmod(plugin, 0o755);
  const kube = await open(fake, { user: { exec: { command: './plugin' } } });
  await assert.rejects(kube.serverVersion(), {
    code: 'BAD_CONFIG',
    message: 'Cannot get credentials of context "fake": please log in',
  });
});

test('basic authentication and impersonation', async () => {
  const fake = await startFake();
  const user = {
    username: 'u',
    password: 'p',
    as: 'jane',
    'as-groups': ['a', 'b'],
    'as-user-extra': { Scope: ['x'] },
  };
  await (await open(fake, { user })).serverVersion();
  const headers = fake.requests[0]?.headers ?? {};
  assert.equal(headers.authorization, `Basic ${Buffer.from('u:p').toString('base64')}`);
  assert.equal(headers['impersonate-user'], 'jane');
  assert.equal(headers['impersonate-group'], 'a, b');
  assert.equal(headers['impersonate-extra-scope'], 'x');
});
