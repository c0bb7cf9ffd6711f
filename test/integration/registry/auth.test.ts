import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '#shared/base/clock.ts';
import type { Credential } from '#shared/registry/keychain.ts';
import { KeychainError } from '#shared/registry/keychain-error.ts';
import type { RegistryErrorCode } from '#shared/registry/registry-error.ts';
import type { Fault } from '#test/support/registry/fault.ts';
import { putImage } from '#test/support/registry/image.ts';
import { keychainFor, openClient } from '#test/support/registry/open-client.ts';
import type { RecordedRequest } from '#test/support/registry/recorded-request.ts';
import { type RegistryAuth, basic } from '#test/support/registry/registry-auth.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';

const USER = { username: 'user', password: 'pass:word' };
const BASIC: Credential = { kind: 'basic', ...USER };

const WAYS: readonly {
  readonly name: string;
  readonly auth: RegistryAuth;
  readonly credential: Credential;
  readonly log: readonly string[];
}[] = [
  {
    name: 'anonymously',
    auth: { kind: 'none' },
    credential: { kind: 'anonymous' },
    log: ['HEAD manifest 1', 'HEAD manifest 1'],
  },
  {
    name: 'without sending a credential that nobody asked for',
    auth: { kind: 'none' },
    credential: BASIC,
    log: ['HEAD manifest 1', 'HEAD manifest 1'],
  },
  {
    name: 'with an anonymous token',
    auth: { kind: 'bearer', ...USER, anonymousPull: true },
    credential: { kind: 'anonymous' },
    log: ['HEAD manifest 1', 'GET token', 'HEAD manifest 1', 'HEAD manifest 1'],
  },
  {
    name: 'with a token for a password',
    auth: { kind: 'bearer', ...USER },
    credential: BASIC,
    log: ['HEAD manifest 1', 'GET token', 'HEAD manifest 1', 'HEAD manifest 1'],
  },
  {
    name: 'with a token for an identity token',
    auth: { kind: 'bearer', ...USER, refreshToken: 'refresh' },
    credential: { kind: 'identity-token', token: 'refresh' },
    log: ['HEAD manifest 1', 'POST token', 'HEAD manifest 1', 'HEAD manifest 1'],
  },
  {
    name: 'with a password',
    auth: { kind: 'basic', ...USER },
    credential: BASIC,
    log: ['HEAD manifest 1', 'HEAD manifest 1', 'HEAD manifest 1'],
  },
];

for (const { name, auth, credential, log } of WAYS) {
  test(`a tag is resolved ${name}, the second time by one request and never with a ping`, async (t) => {
    const { client, registry, repository } = await openClient(t, {
      auth,
      keychain: (host) => keychainFor(host, credential),
    });
    const image = putImage(registry, 'acme/app', { tag: '1' });
    for (let time = 0; time < 2; time += 1)
      assert.equal((await client.resolveTag(repository, '1')).digest, image.digest);
    assert.deepEqual(registry.log(), log);
    assert.equal(registry.requests[0]?.headers.authorization, undefined);
  });
}

test('a registry token is sent as it is', async (t) => {
  const registry = await startRegistry({ auth: { kind: 'bearer' } });
  t.after(() => registry.close());
  putImage(registry, 'acme/app', { tag: '1' });
  const token = registry.issueToken('repository:acme/app:pull');
  const { factory } = await openClient(t);
  const keychain = keychainFor(registry.host, { kind: 'registry-token', token });
  await factory.open(keychain).resolveTag({ registry: registry.host, path: 'acme/app' }, '1');
  assert.deepEqual(registry.log(), ['HEAD manifest 1', 'HEAD manifest 1']);
});

test('another repository of a known host costs a token and no 401', async (t) => {
  const { client, registry, repository } = await openClient(t, { auth: { kind: 'bearer' } });
  putImage(registry, 'acme/app', { tag: '1' });
  putImage(registry, 'acme/other', { tag: '1' });
  await client.resolveTag(repository, '1');
  registry.reset();
  await client.resolveTag({ ...repository, path: 'acme/other' }, '1');
  assert.deepEqual(registry.log(), ['GET token', 'HEAD manifest 1']);
  const scope = registry.requests[0]?.url.searchParams.get('scope');
  assert.equal(scope, 'repository:acme/other:pull');
});

test("the scope that a challenge names is asked for, in the registry's own words", async (t) => {
  const { client, registry, repository } = await openClient(t);
  putImage(registry, 'acme/app', { tag: '1' });
  const realm = `Bearer realm="${registry.origin}/token",service="s",scope="repository:mirror/acme/app:pull"`;
  registry.addFault(
    { kind: 'status', status: 401, headers: { 'www-authenticate': realm } },
    { when: ({ kind }) => kind === 'manifest', times: 1 },
  );
  registry.auth = { kind: 'bearer' };
  await assert.rejects(client.resolveTag(repository, '1'), { code: 'UNAUTHORIZED' });
  const token = registry.requests.find(({ kind }) => kind === 'token');
  assert.equal(token?.url.searchParams.get('scope'), 'repository:mirror/acme/app:pull');
  assert.equal(token?.url.searchParams.get('service'), 's');
});

test('a token that stopped working is replaced once', async (t) => {
  const { client, registry, repository } = await openClient(t, { auth: { kind: 'bearer' } });
  putImage(registry, 'acme/app', { tag: '1' });
  await client.resolveTag(repository, '1');
  registry.revokeTokens();
  registry.reset();
  await client.resolveTag(repository, '1');
  assert.deepEqual(registry.log(), ['HEAD manifest 1', 'GET token', 'HEAD manifest 1']);
});

test('a token is renewed before it expires', async (t) => {
  let now = 0;
  const clock: Clock = { now: () => now };
  const { client, registry, repository } = await openClient(t, {
    auth: { kind: 'bearer', expiresIn: 100 },
    factory: { clock },
  });
  putImage(registry, 'acme/app', { tag: '1' });
  await client.resolveTag(repository, '1');
  for (const [seconds, tokens] of [
    [79, 0],
    [81, 1],
  ] as const) {
    registry.reset();
    now = seconds * 1000;
    await client.resolveTag(repository, '1');
    assert.equal(registry.count('token'), tokens, `after ${seconds} s`);
  }
});

test('MNH-19 tokens are kept apart by credential scope', async (t) => {
  const { client, factory, registry, repository } = await openClient(t, {
    auth: { kind: 'bearer', ...USER },
    keychain: (host) => keychainFor(host, BASIC, 'allowed'),
  });
  putImage(registry, 'acme/app', { tag: '1' });
  await client.resolveTag(repository, '1');
  const stranger = factory.open(keychainFor(registry.host, { kind: 'anonymous' }, 'stranger'));
  await assert.rejects(stranger.resolveTag(repository, '1'), { code: 'UNAUTHORIZED' });
});

test('MNH-16 credentials go to the exact host they are for', async (t) => {
  const { factory, registry, repository } = await openClient(t, {
    auth: { kind: 'basic', ...USER },
  });
  putImage(registry, 'acme/app', { tag: '1' });
  const client = factory.open(keychainFor('127.0.0.1', BASIC));
  await assert.rejects(client.resolveTag(repository, '1'), {
    code: 'UNAUTHORIZED',
    status: 401,
    message: `Cannot resolve tag "1" of "${registry.host}/acme/app": registry "${registry.host}" answered 401, wanted 200`,
  });
  assert.ok(registry.requests.every(({ headers }) => headers.authorization === undefined));
});

test('a wrong password is UNAUTHORIZED after one try', async (t) => {
  const { client, registry, repository } = await openClient(t, {
    auth: { kind: 'basic', ...USER },
    keychain: (host) => keychainFor(host, { ...BASIC, password: 'wrong' }),
  });
  await assert.rejects(client.resolveTag(repository, '1'), { code: 'UNAUTHORIZED' });
  assert.deepEqual(registry.log(), ['HEAD manifest 1', 'HEAD manifest 1']);
});

const TOKEN_TROUBLE: readonly (readonly [string, Fault, RegistryErrorCode, RegExp])[] = [
  [
    '401',
    { kind: 'status', status: 401, code: 'UNAUTHORIZED' },
    'UNAUTHORIZED',
    /answered 401 \(UNAUTHORIZED\), wanted 200$/,
  ],
  [
    '403',
    { kind: 'status', status: 403, code: 'DENIED' },
    'DENIED',
    /answered 403 \(DENIED\), wanted 200$/,
  ],
  ['404', { kind: 'status', status: 404 }, 'MALFORMED', /answered 404, wanted 200$/],
  ['400', { kind: 'status', status: 400 }, 'UNAUTHORIZED', /answered 400, wanted 200$/],
  ['429', { kind: 'status', status: 429 }, 'RATE_LIMITED', /answered 429, wanted 200$/],
  ['503', { kind: 'status', status: 503 }, 'UNREACHABLE', /answered 503, wanted 200$/],
  [
    'a redirect elsewhere',
    { kind: 'redirect', location: 'http://127.0.0.2:1/' },
    'MALFORMED',
    /answered 307, wanted 200$/,
  ],
  [
    'a page',
    { kind: 'body', body: '<html>' },
    'MALFORMED',
    /answered without a usable token, wanted "token" or "access_token"$/,
  ],
  [
    'a token that no header can hold',
    { kind: 'body', body: '{"token":"a\\r\\nb"}' },
    'MALFORMED',
    /answered without a usable token/,
  ],
  [
    'an endless answer',
    { kind: 'endless-body' },
    'TOO_LARGE',
    /sends more than 131072 bytes, the limit$/,
  ],
];

for (const [name, fault, code, message] of TOKEN_TROUBLE) {
  test(`MNH-32 a token endpoint that answers with ${name} is ${code}, never "not found"`, async (t) => {
    const { client, registry, repository } = await openClient(t, {
      auth: { kind: 'bearer', ...USER },
      keychain: (host) => keychainFor(host, BASIC),
    });
    putImage(registry, 'acme/app', { tag: '1' });
    registry.addFault(fault, { when: ({ kind }) => kind === 'token' });
    await assert.rejects(client.manifestByTag(repository, '1'), (error: Error) => {
      assert.match(error.message, /^Cannot get a token for "127\.0\.0\.1:\d+\/acme\/app": /);
      assert.match(error.message, message);
      assert.equal((error as Error & { code: string }).code, code);
      return true;
    });
  });
}

test('a keychain that cannot answer is UNAUTHORIZED, with its reason', async (t) => {
  const { factory, registry, repository } = await openClient(t, {
    auth: { kind: 'basic', ...USER },
  });
  const cause = new KeychainError('HELPER_FAILED', 'Cannot get credentials: no helper');
  const keychain = { scope: 'broken', resolve: () => Promise.reject(cause) };
  await assert.rejects(factory.open(keychain).resolveTag(repository, '1'), {
    code: 'UNAUTHORIZED',
    message: `Cannot resolve tag "1" of "${registry.host}/acme/app": Cannot get credentials: no helper`,
    cause,
  });
});

test('MNH-29 no secret appears in an error, even if the registry echoes it', async (t) => {
  const { client, registry, repository } = await openClient(t, {
    auth: { kind: 'basic', ...USER },
    keychain: (host) => keychainFor(host, BASIC),
  });
  const echo = JSON.stringify({ errors: [{ code: basic(USER), message: USER.password }] });
  const when = ({ headers }: RecordedRequest): boolean => headers.authorization !== undefined;
  registry.addFault({ kind: 'status', status: 403 }, { when });
  registry.addFault({ kind: 'body', body: echo }, { when });
  await assert.rejects(client.manifestByTag(repository, '1'), (error: Error) => {
    const shown = `${error.message} ${error.stack} ${JSON.stringify(error)}`;
    assert.equal('code' in error && error.code, 'DENIED');
    for (const secret of [USER.password, basic(USER)]) assert.ok(!shown.includes(secret));
    return true;
  });
  assert.equal(registry.requests.at(-1)?.headers.authorization, basic(USER));
});
