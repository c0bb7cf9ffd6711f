import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putBlob, putImage } from '#test/support/registry/image.ts';
import { keychainFor, openClient } from '#test/support/registry/open-client.ts';

const CALLERS = 12;

/** Runs one call twelve times at once. */
function twelve<Value>(call: () => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: CALLERS }, call));
}

test('twelve simultaneous equal calls are one request each, whatever is read', async (t) => {
  const { client, registry, repository } = await openClient(t);
  const image = putImage(registry, 'acme/app', { tag: '1' });
  const bytes = Buffer.from('payload');
  const blob = putBlob(registry, 'acme/app', { mediaType: 'text/plain', bytes });
  registry.addFault({ kind: 'latency', ms: 20 });
  await Promise.all([
    twelve(() => client.resolveTag(repository, '1')),
    twelve(() => client.manifest(repository, image.digest)),
    twelve(() => client.manifestByTag(repository, '1')),
    twelve(() => client.blob(repository, blob, { maxBytes: 100 })),
    twelve(() => client.referrers(repository, image.digest)),
  ]);
  assert.equal(registry.requests.length, 5);
});

test('twelve cold calls to twelve repositories of one host share its token service, not its tokens', async (t) => {
  const { client, registry, repository } = await openClient(t, { auth: { kind: 'bearer' } });
  const paths = Array.from({ length: CALLERS }, (_, index) => `acme/app-${index}`);
  for (const path of paths) putImage(registry, path, { tag: '1' });
  registry.addFault({ kind: 'latency', ms: 20 });
  await Promise.all(paths.map((path) => client.resolveTag({ ...repository, path }, '1')));
  assert.equal(registry.count('token'), CALLERS);
});

test('different calls for one cold repository share its token', async (t) => {
  const { client, registry, repository } = await openClient(t, { auth: { kind: 'bearer' } });
  const tags = Array.from({ length: CALLERS }, (_, index) => `t${index}`);
  for (const tag of tags) putImage(registry, 'acme/app', { tag });
  registry.addFault({ kind: 'latency', ms: 20 });
  await Promise.all(tags.map((tag) => client.resolveTag(repository, tag)));
  assert.equal(registry.count('token'), 1);
});

test('MNH-19 equal calls with other credentials are not shared', async (t) => {
  const { factory, registry, repository } = await openClient(t, {
    auth: { kind: 'basic', username: 'user', password: 'pass' },
  });
  putImage(registry, 'acme/app', { tag: '1' });
  registry.addFault({ kind: 'latency', ms: 20 });
  const credential = { kind: 'basic', username: 'user', password: 'pass' } as const;
  const allowed = factory.open(keychainFor(registry.host, credential, 'allowed'));
  const stranger = factory.open(keychainFor(registry.host, { kind: 'anonymous' }, 'stranger'));
  const [first, second] = await Promise.allSettled([
    allowed.resolveTag(repository, '1'),
    stranger.resolveTag(repository, '1'),
  ]);
  assert.equal(first.status, 'fulfilled');
  assert.equal(second.status, 'rejected');
});

test('registries of one factory with equal scopes share work in flight', async (t) => {
  const { client, factory, registry, repository } = await openClient(t);
  putImage(registry, 'acme/app', { tag: '1' });
  registry.addFault({ kind: 'latency', ms: 20 });
  const twin = factory.open({ ...keychainFor('', { kind: 'anonymous' }), scope: client.scope });
  await Promise.all([client.resolveTag(repository, '1'), twin.resolveTag(repository, '1')]);
  assert.equal(registry.requests.length, 1);
});

test("one caller's abort leaves the others their answer", async (t) => {
  const { client, registry, repository } = await openClient(t);
  const image = putImage(registry, 'acme/app', { tag: '1' });
  registry.addFault({ kind: 'latency', ms: 100 });
  const controller = new AbortController();
  const impatient = client.resolveTag(repository, '1', { signal: controller.signal });
  const patient = client.resolveTag(repository, '1', { signal: new AbortController().signal });
  controller.abort();
  await assert.rejects(impatient, { code: 'TIMEOUT' });
  assert.equal((await patient).digest, image.digest);
  assert.equal(registry.requests.length, 1);
});

test('a token exchange survives the caller that started it', async (t) => {
  const { client, registry, repository } = await openClient(t, { auth: { kind: 'bearer' } });
  putImage(registry, 'acme/app', { tag: '1' });
  putImage(registry, 'acme/app', { tag: '2' });
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  registry.addFault(
    { kind: 'latency', ms: 100 },
    {
      when: ({ kind }) => {
        if (kind === 'token') resolve();
        return kind === 'token';
      },
    },
  );
  const controller = new AbortController();
  const impatient = client.resolveTag(repository, '1', { signal: controller.signal });
  const patient = client.resolveTag(repository, '2');
  await asked;
  controller.abort();
  await assert.rejects(impatient, { code: 'TIMEOUT' });
  assert.ok(await patient);
  assert.equal(registry.count('token'), 1);
});

test('a failure is not kept for the next caller', async (t) => {
  const { client, registry, repository } = await openClient(t);
  const image = putImage(registry, 'acme/app', { tag: '1' });
  registry.addFault({ kind: 'status', status: 403 }, { times: 1 });
  await assert.rejects(client.resolveTag(repository, '1'), { code: 'DENIED' });
  assert.equal((await client.resolveTag(repository, '1')).digest, image.digest);
});

test('at most thirty-two requests to one host run at once', async (t) => {
  const { client, registry, repository } = await openClient(t);
  let running = 0;
  let most = 0;
  registry.addFault(
    { kind: 'latency', ms: 20 },
    {
      when: () => {
        running += 1;
        most = Math.max(most, running);
        setTimeout(() => (running -= 1), 15);
        return true;
      },
    },
  );
  const tags = Array.from({ length: 96 }, (_, index) => `t${index}`);
  for (const tag of tags) putImage(registry, 'acme/app', { tag });
  await Promise.all(tags.map((tag) => client.resolveTag(repository, tag)));
  assert.equal(registry.requests.length, 96);
  assert.ok(most <= 32, `${most} at once`);
});
