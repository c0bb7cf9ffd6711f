import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { ContextSources } from '#shared/admission/context/context-sources.ts';
import { type JsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import { liveContext } from '#shared/context/live-context.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import type { ApiCall } from '#shared/policy/context-entry.ts';
import { createRegistryFactory } from '#shared/registry/registry-factory.ts';
import { anonymousKeychain } from '#shared/registry/static-keychain.ts';
import { type TestClock, testClock } from '#test/support/admission/engine.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { GLOBAL_CONTEXT_ENTRIES } from '#test/support/kube/served-types.ts';
import { until } from '#test/support/kube/until.ts';
import { putIndex } from '#test/support/registry/image.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';

let fake: FakeKube;
let directory: string;
let clock: TestClock;
let kube: Kube;
let stop: AbortController;
let context: ContextSources;

const registries = createRegistryFactory({ version: 'test', environment: {} });

beforeEach(async () => {
  fake = await startFakeKube({
    types: [GLOBAL_CONTEXT_ENTRIES],
    authorize: ({ user }) => user === 'demo',
  });
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-context-'));
  const file = join(directory, 'kubeconfig');
  await writeFile(file, fake.kubeconfig());
  kube = await openKube({ kubeconfig: file });
  clock = testClock();
  stop = new AbortController();
  context = open(kube);
});

afterEach(async () => {
  stop.abort();
  await fake.close();
  await rm(directory, { recursive: true });
});

function open(cluster: Kube | undefined): ContextSources {
  return liveContext({
    kube: cluster,
    clock,
    signal: stop.signal,
    openRegistry: async () => Promise.resolve(registries.open(anonymousKeychain)),
    allowsLoopback: true,
  });
}

function put(name: string, data: JsonObject, namespace = 'default'): void {
  fake.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });
}

async function readConfigMap(name: string, namespace = 'default'): Promise<JsonValue | undefined> {
  return member(await context.readConfigMap({ namespace, name }, undefined), 'data');
}

/** Requests for a path, as `METHOD path`. */
function asked(path: RegExp): readonly string[] {
  return fake.requests
    .map(({ method, url }) => `${method} ${url}`)
    .filter((line) => path.test(line));
}

test('configMap: is read once for some seconds, however many ask at the same time', async () => {
  put('keys', { prod: 'one' });
  const both = await Promise.all([readConfigMap('keys'), readConfigMap('keys')]);
  assert.deepEqual(both, [{ prod: 'one' }, { prod: 'one' }]);
  put('keys', { prod: 'two' });
  assert.deepEqual(await readConfigMap('keys'), { prod: 'one' });
  assert.deepEqual(asked(/configmaps/), ['GET /api/v1/namespaces/default/configmaps/keys']);
  clock.advance(5_000);
  assert.deepEqual(await readConfigMap('keys'), { prod: 'two' });
});

test('configMap: that there is none is not kept', async () => {
  assert.equal(await readConfigMap('keys'), undefined);
  put('keys', {});
  assert.deepEqual(await readConfigMap('keys'), {});
});

for (const [namespace, name] of [
  ['default', '..'],
  ['..', 'keys'],
  ['default', '../secrets/token'],
  ['default', ''],
  ['default', 'keys?watch=true'],
] as const) {
  test(`configMap: "${namespace}/${name}" is no place of one, and nobody is asked`, async () => {
    await assert.rejects(readConfigMap(name, namespace), {
      code: 'REFUSED',
      message: /^Cannot get configmap ".*" in namespace ".*": expected names of lower-case letters/,
    });
    assert.deepEqual(fake.requests, []);
  });
}

test('configMap: whoever does not wait any longer goes, the others get it', async () => {
  put('keys', { a: 'b' });
  const gone = context.readConfigMap(
    { namespace: 'default', name: 'keys' },
    AbortSignal.abort(new Error('late')),
  );
  await assert.rejects(gone, /^Error: late$/);
  assert.deepEqual(await readConfigMap('keys'), { a: 'b' });
});

async function call(urlPath: string, more: Partial<ApiCall> = {}): Promise<JsonValue> {
  const target = { kind: 'api-server', urlPath } as const;
  return context.apiCall({ method: 'GET', data: [], target, ...more }, undefined);
}

test('apiCall: GET reads any path, with its query', async () => {
  const found = await call('/api/v1/namespaces?limit=10');
  assert.equal(stringAt(found, 'kind'), 'NamespaceList');
  assert.deepEqual(asked(/./), ['GET /api/v1/namespaces?limit=10']);
});

test('apiCall: POST sends data as one object', async () => {
  const review = await call('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    method: 'POST',
    data: [
      { key: 'kind', value: 'SubjectAccessReview' },
      { key: 'spec', value: { user: 'demo' } },
    ],
  });
  assert.deepEqual(member(review, 'status'), { allowed: true });
});

test('apiCall: what does not exist is an error with the words of the API server', async () => {
  await assert.rejects(call('/api/v1/namespaces/none'), {
    code: 'REFUSED',
    message:
      /^Cannot GET \/api\/v1\/namespaces\/none: .* answered 404 NotFound: namespaces "none" not found$/,
  });
});

test('apiCall: what our service account may not see stays unseen', async () => {
  const message = 'secrets is forbidden: User "webhook" cannot list resource "secrets"';
  fake.fail({
    path: /secrets/,
    outcome: { kind: 'status', code: 403, reason: 'Forbidden', message },
  });
  await assert.rejects(call('/api/v1/secrets'), {
    code: 'REFUSED',
    message:
      /^permission denied: Cannot GET \/api\/v1\/secrets: .* 403 Forbidden: secrets is forbidden/,
  });
});

test('apiCall: an answer that is too long is an error that tells the limit', async () => {
  fake.fail({
    path: /pods/,
    outcome: { kind: 'text', code: 200, text: JSON.stringify('x'.repeat(2 * 1024 * 1024)) },
  });
  await assert.rejects(call('/api/v1/pods'), {
    code: 'REFUSED',
    message: 'Cannot GET /api/v1/pods: the answer is larger than 2097152 bytes',
  });
});

for (const [code, text, message] of [
  [200, 'log line', /the answer is unusable: Cannot parse JSON: it is not well-formed$/],
  [302, '', / answered 302$/],
] as const) {
  test(`apiCall: status ${code} with "${text}" is no answer`, async () => {
    fake.fail({ path: /./, outcome: { kind: 'text', code, text } });
    await assert.rejects(call('/api/v1/x'), { code: 'SERVER_ERROR', message });
    assert.equal(fake.requests.length, 1);
  });
}

test('apiCall: another host in front of the path is not called', async () => {
  const message = /^Cannot GET @127\.0\.0\.1:1\/: expected a path like/;
  await assert.rejects(call('@127.0.0.1:1/'), { code: 'REFUSED', message });
  assert.deepEqual(fake.requests, []);
});

test('apiCall: whoever does not wait any longer gets no answer', async () => {
  fake.fail({ path: /./, outcome: { kind: 'hang' } });
  const target = { kind: 'api-server', urlPath: '/version' } as const;
  const waiting = new AbortController();
  const asking = context.apiCall({ method: 'GET', data: [], target }, waiting.signal);
  await until('the call', () => fake.requests.length > 0);
  waiting.abort(new Error('late'));
  await assert.rejects(asking, /^Error: late$/);
});

test('apiCall: a service is called without what we are to the API server', async () => {
  const url = `${fake.url}/version`;
  const target = { kind: 'service', url, caBundle: '', headers: [] } as const;
  const answer = await context.apiCall({ method: 'GET', data: [], target }, undefined);
  assert.equal(stringAt(answer, 'gitVersion'), 'v1.36.3');
  assert.equal(fake.requests[0]?.headers.authorization, undefined);
});

test('context: where there is no cluster, what only a cluster knows is an error', async () => {
  context = open(undefined);
  const nobody = { code: 'NO_SOURCE', message: 'there is no cluster to ask' };
  await assert.rejects(readConfigMap('keys'), nobody);
  await assert.rejects(call('/version'), nobody);
  await assert.rejects(context.globalEntry({ name: 'x', projection: '' }, undefined), nobody);
});

test('imageRegistry: the data of an image comes from its registry', async () => {
  const registry = await startRegistry();
  try {
    const { digest } = putIndex(registry, 'acme/app', { tag: 'v1' });
    const reference = `${registry.host}/acme/app:v1`;
    const question = {
      reference,
      credentials: undefined,
      policyNamespace: undefined,
      namespace: '',
    };
    const data = await context.imageData(question, undefined);
    assert.equal(stringAt(data, 'resolvedImage'), `${registry.host}/acme/app@${digest}`);
    assert.equal(stringAt(data, 'configData', 'architecture'), 'amd64');
  } finally {
    await registry.close();
  }
});

function define(spec: JsonObject, name = 'shared'): JsonObject {
  const entry = {
    apiVersion: 'kyverno.io/v2',
    kind: 'GlobalContextEntry',
    metadata: { name },
    spec,
  };
  fake.put(entry);
  return entry;
}

async function globalEntry(projection = '', name = 'shared'): Promise<JsonValue | undefined> {
  return context.globalEntry({ name, projection }, undefined);
}

const CONFIG_MAPS = { version: 'v1', resource: 'configmaps' };
const NAMES = { name: 'names', jmesPath: 'sort([].metadata.name)' };

test('globalReference: all objects of a type, as they are now', async () => {
  put('a', { x: '1' });
  put('b', {}, 'kube-system');
  define({ kubernetesResource: CONFIG_MAPS, projections: [NAMES] });
  assert.deepEqual(await globalEntry('names'), ['a', 'b']);
  const all = await globalEntry();
  assert.ok(Array.isArray(all) && all.length === 2);
  assert.equal(stringAt(all[0], 'kind'), 'ConfigMap');
  assert.equal(stringAt(all[0], 'data', 'x'), '1');
  put('c', {});
  await until('the new one', async () => {
    const names = await globalEntry('names');
    return Array.isArray(names) && names.length === 3;
  });
  assert.equal(asked(/configmaps\?limit/).length, 1);
});

test('globalReference: objects of one namespace are asked for there only', async () => {
  put('a', {});
  put('b', {}, 'kube-system');
  const kubernetesResource = { ...CONFIG_MAPS, namespace: 'kube-system' };
  define({ kubernetesResource, projections: [NAMES] });
  assert.deepEqual(await globalEntry('names'), ['b']);
  const elsewhere = asked(/configmaps/).filter((line) => !line.includes('/kube-system/'));
  assert.deepEqual(elsewhere, []);
});

test('globalReference: what is not followed any more is not watched', async () => {
  put('a', {});
  const entry = define({ kubernetesResource: CONFIG_MAPS, projections: [NAMES] });
  assert.deepEqual(await globalEntry('names'), ['a']);
  await until('the watch', () => fake.openWatches() === 1);
  define({ kubernetesResource: { version: 'v1', resource: 'namespaces' }, projections: [NAMES] });
  clock.advance(10_000);
  assert.deepEqual(await globalEntry('names'), ['default', 'kube-system']);
  await until('the other watch alone', () => fake.openWatches() === 1);
  fake.remove(entry);
  clock.advance(10_000);
  assert.equal(await globalEntry('names'), undefined);
  await until('no watch', () => fake.openWatches() === 0);
});

test('globalReference: the answer of a call counts until its interval is over', async () => {
  define({ apiCall: { urlPath: '/api/v1/namespaces/default', refreshInterval: '1m' } });
  const read = async (): Promise<JsonValue | undefined> =>
    member(member(await globalEntry(), 'metadata'), 'labels');
  assert.equal(await read(), undefined);
  fake.put({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'default', labels: { a: 'b' } },
  });
  clock.advance(59_000);
  assert.equal(await read(), undefined);
  clock.advance(1_000);
  assert.deepEqual(await read(), { a: 'b' });
  clock.advance(60_000);
  fake.fail({ path: /namespaces\/default/, outcome: { kind: 'status', code: 500 } });
  await assert.rejects(read(), { code: 'SERVER_ERROR' });
});

test('globalReference: what is not there is undefined: the entry, the projection, the definition', async () => {
  define({ apiCall: { urlPath: '/version' } });
  assert.equal(await globalEntry('other'), undefined);
  assert.equal(await globalEntry('', 'none'), undefined);
  assert.equal(await globalEntry('', '../x'), undefined);
  fake.unserve('kyverno.io', 'globalcontextentries');
  assert.equal(await globalEntry('', 'another'), undefined);
});

test('globalReference: a type that is not served is an error, and never an empty list', async () => {
  define({ kubernetesResource: { group: 'acme.io', version: 'v1', resource: 'teams' } });
  await assert.rejects(globalEntry(), {
    code: 'REFUSED',
    message:
      'GlobalContextEntry "shared" is about teams.acme.io v1, which the API server does not serve',
  });
});

test('globalReference: an entry that cannot be used says why', async () => {
  define({});
  await assert.rejects(globalEntry(), {
    code: 'REFUSED',
    message: /^GlobalContextEntry "shared" cannot be used: spec: found none or both/,
  });
});

test('globalReference: what may not be listed is an error', async () => {
  define({ kubernetesResource: CONFIG_MAPS });
  fake.fail({ path: /configmaps/, outcome: { kind: 'status', code: 403, reason: 'Forbidden' } });
  await assert.rejects(globalEntry(), { code: 'REFUSED' });
});
