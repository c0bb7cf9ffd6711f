import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Registry } from '#shared/registry/registry.ts';
import type { RegistryErrorCode } from '#shared/registry/registry-error.ts';
import { createRegistryFactory } from '#shared/registry/registry-factory.ts';
import { anonymousKeychain } from '#shared/registry/static-keychain.ts';
import type { Fault } from '#test/support/registry/fault.ts';
import { putImage } from '#test/support/registry/image.ts';
import { openClient } from '#test/support/registry/open-client.ts';

/** What goes wrong for ever, what it is called, how many requests it takes to say so. */
const TROUBLE: readonly (readonly [string, Fault, RegistryErrorCode, number, RegExp])[] = [
  ['401', { kind: 'status', status: 401 }, 'UNAUTHORIZED', 1, /answered 401, wanted 200$/],
  [
    '403',
    { kind: 'status', status: 403, code: 'DENIED' },
    'DENIED',
    1,
    /answered 403 \(DENIED\), wanted 200$/,
  ],
  ['418', { kind: 'status', status: 418 }, 'MALFORMED', 1, /answered 418, wanted 200$/],
  ['429', { kind: 'status', status: 429 }, 'RATE_LIMITED', 3, /answered 429, wanted 200$/],
  [
    'throttling under another status',
    { kind: 'status', status: 400, code: 'TOOMANYREQUESTS' },
    'RATE_LIMITED',
    3,
    /answered 400 \(TOOMANYREQUESTS\)/,
  ],
  ['408', { kind: 'status', status: 408 }, 'UNREACHABLE', 3, /answered 408, wanted 200$/],
  ['500', { kind: 'status', status: 500 }, 'UNREACHABLE', 3, /answered 500, wanted 200$/],
  [
    '503',
    { kind: 'status', status: 503, code: 'UNAVAILABLE' },
    'UNREACHABLE',
    3,
    /answered 503 \(UNAVAILABLE\), wanted 200$/,
  ],
  [
    'a reset',
    { kind: 'reset' },
    'UNREACHABLE',
    3,
    /no complete answer from registry ".+" \(\w+\)$/,
  ],
  [
    'a cut body',
    { kind: 'cut-body' },
    'UNREACHABLE',
    3,
    /no complete answer from registry ".+" \(\w+\)$/,
  ],
  ['no answer', { kind: 'hang' }, 'TIMEOUT', 1, /registry ".+" did not answer in time$/],
];

for (const [name, fault, code, requests, message] of TROUBLE) {
  test(`MNH-32 ${name} is ${code} after ${requests} requests, never "no such tag"`, async (t) => {
    const { client, registry, repository } = await openClient(t, { factory: { timeoutMs: 500 } });
    putImage(registry, 'acme/app', { tag: '1' });
    registry.addFault(fault);
    await assert.rejects(client.manifestByTag(repository, '1'), (error: Error) => {
      assert.match(error.message, /^Cannot read tag "1" of "127\.0\.0\.1:\d+\/acme\/app": /);
      assert.match(error.message, message);
      assert.equal('code' in error && error.code, code);
      return true;
    });
    assert.equal(registry.requests.length, requests);
  });
}

test('nobody listening is UNREACHABLE, and says so with host and cause', async (t) => {
  const { client, registry, repository } = await openClient(t);
  await registry.close();
  await assert.rejects(client.resolveTag(repository, '1'), {
    code: 'UNREACHABLE',
    status: undefined,
    message: `Cannot resolve tag "1" of "${registry.host}/acme/app": no complete answer from registry "${registry.host}" (ECONNREFUSED)`,
  });
});

const PASSING: readonly (readonly [string, Fault])[] = [
  ['503', { kind: 'status', status: 503 }],
  ['429', { kind: 'status', status: 429 }],
  ['a reset', { kind: 'reset' }],
  ['a cut body', { kind: 'cut-body' }],
];

for (const [name, fault] of PASSING) {
  test(`${name} that passes costs two more requests and growing waits`, async (t) => {
    const { client, registry, repository, sleeps } = await openClient(t);
    const image = putImage(registry, 'acme/app', { tag: '1' });
    registry.addFault(fault, { times: 2 });
    assert.equal((await client.manifest(repository, image.digest)).digest, image.digest);
    assert.equal(registry.requests.length, 3);
    const [first = 0, second = 0] = sleeps;
    assert.ok(first >= 50 && first <= 100, `first wait of ${first} ms`);
    assert.ok(second >= 100 && second <= 200, `second wait of ${second} ms`);
  });
}

test('retries work with the real clock, too', async (t) => {
  const { registry, repository } = await openClient(t);
  const factory = createRegistryFactory({ version: '0.0.0-test', environment: {} });
  t.after(() => factory.close());
  const image = putImage(registry, 'acme/app', { tag: '1' });
  registry.addFault({ kind: 'status', status: 503 }, { times: 1 });
  const { digest } = await factory.open(anonymousKeychain).resolveTag(repository, '1');
  assert.equal(digest, image.digest);
});

for (const status of [429, 503]) {
  test(`Retry-After of a ${status} is waited for`, async (t) => {
    const { client, registry, repository, sleeps } = await openClient(t);
    const image = putImage(registry, 'acme/app', { tag: '1' });
    registry.addFault({ kind: 'status', status, headers: { 'retry-after': '2' } }, { times: 1 });
    await client.manifest(repository, image.digest);
    assert.deepEqual(sleeps, [2000]);
  });

  test(`Retry-After of a ${status} beyond the budget fails at once and is handed on`, async (t) => {
    const { client, registry, repository, sleeps } = await openClient(t);
    registry.addFault({ kind: 'status', status, headers: { 'retry-after': '60' } });
    await assert.rejects(client.resolveTag(repository, '1'), {
      code: status === 429 ? 'RATE_LIMITED' : 'UNREACHABLE',
      status,
      retryAfterSeconds: 60,
      message: `Cannot resolve tag "1" of "${registry.host}/acme/app": registry "${registry.host}" answered ${status} and asks to wait 60 s, wanted 200`,
    });
    assert.equal(registry.requests.length, 1);
    assert.deepEqual(sleeps, []);
  });
}

test('the waits of all retries together stay within the budget', async (t) => {
  let now = 0;
  const { client, registry, repository } = await openClient(t, {
    factory: {
      retryBudgetMs: 3000,
      clock: { now: () => now },
      sleep: async (ms) => void (now += ms),
    },
  });
  registry.addFault({ kind: 'status', status: 503, headers: { 'retry-after': '2' } });
  await assert.rejects(client.resolveTag(repository, '1'), { retryAfterSeconds: 2 });
  assert.equal(now, 2000);
  assert.equal(registry.requests.length, 2);
});

test('MNH-17 a caller out of time is answered TIMEOUT while the registry hangs', async (t) => {
  const { client, registry, repository } = await openClient(t);
  registry.addFault({ kind: 'hang' });
  const controller = new AbortController();
  const call = client.resolveTag(repository, '1', { signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(call, {
    name: 'RegistryError',
    code: 'TIMEOUT',
    message: `Cannot read tag "1" of "${registry.host}/acme/app": the time for it ran out before registry "${registry.host}" had answered`,
  });
});

const CALLS: readonly (readonly [string, (client: Registry, signal: AbortSignal) => unknown])[] = [
  ['resolveTag', (client, signal) => client.resolveTag(NOWHERE, '1', { signal })],
  ['manifestByTag', (client, signal) => client.manifestByTag(NOWHERE, '1', { signal })],
];

const NOWHERE = { registry: '127.0.0.1:1', path: 'acme/app' };

for (const [name, call] of CALLS) {
  test(`MNH-17 ${name}() with an aborted signal asks nothing`, async (t) => {
    const { client, registry } = await openClient(t);
    await assert.rejects(async () => call(client, AbortSignal.abort()), { code: 'TIMEOUT' });
    assert.equal(registry.requests.length, 0);
  });
}

test('MNH-26 one hanging repository does not hold up another one of the same host', async (t) => {
  const { client, registry, repository } = await openClient(t, { factory: { timeoutMs: 2000 } });
  const image = putImage(registry, 'acme/app', { tag: '1' });
  registry.addFault({ kind: 'hang' }, { when: (request) => request.repository === 'acme/slow' });
  const controller = new AbortController();
  const slow = Array.from({ length: 10 }, (_, index) =>
    client.resolveTag({ ...repository, path: 'acme/slow' }, `t${index}`, {
      signal: controller.signal,
    }),
  );
  assert.equal((await client.resolveTag(repository, '1')).digest, image.digest);
  controller.abort();
  for (const call of slow) await assert.rejects(call, { code: 'TIMEOUT' });
});
