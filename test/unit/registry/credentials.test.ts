import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authsKeychain } from '#shared/registry/auths-keychain.ts';
import { isFor, parseCredentialPattern } from '#shared/registry/credential-pattern.ts';
import { KeychainError } from '#shared/registry/keychain-error.ts';
import type { Credential } from '#shared/registry/keychain.ts';
import { pullSecretKeychain } from '#shared/registry/pull-secret.ts';
import { anonymousKeychain, firstOf } from '#shared/registry/static-keychain.ts';

/** Key of the entry, host, repository path, whether it is for that. */
const MATCHES: readonly (readonly [string, string, string, boolean])[] = [
  ['https://index.docker.io/v1/', 'docker.io', 'nginx', true],
  ['docker.io', 'docker.io', 'acme/app', true],
  ['https://registry-1.docker.io/v2/', 'docker.io', 'acme/app', true],
  ['ghcr.io', 'ghcr.io', 'acme/app', true],
  ['https://ghcr.io', 'ghcr.io', 'acme/app', true],
  ['GHCR.io', 'ghcr.io', 'acme/app', true],
  ['ghcr.io/acme', 'ghcr.io', 'acme/app', true],
  ['ghcr.io/acme/', 'ghcr.io', 'acme', true],
  ['ghcr.io/acme', 'ghcr.io', 'acme-other/app', false],
  ['ghcr.io/acme/app', 'ghcr.io', 'acme', false],
  ['*.example.com', 'a.example.com', 'x', true],
  ['*.example.com', 'a.b.example.com', 'x', false],
  ['*.example.com', 'example.com', 'x', false],
  ['*.example.com', 'a.example.com.attacker.example', 'x', false],
  ['a?.example.com', 'a1.example.com', 'x', true],
  ['*.example.com', 'a.example.com:5000', 'x', false],
  ['*.example.com:5000', 'a.example.com:5000', 'x', true],
  ['ghcr.io', 'ghcr.io.attacker.example', 'x', false],
  ['ghcr.io', 'ghcr.io:8443', 'x', false],
  ['ghcr.io', 'attacker.example', 'ghcr.io/x', false],
  ['localhost:5000', 'localhost:5000', 'x', true],
];

for (const [key, host, path, expected] of MATCHES) {
  test(`MNH-16 the entry "${key}" is ${expected ? '' : 'not '}for ${host}/${path}`, () => {
    assert.equal(isFor(parseCredentialPattern(key), host, path), expected);
  });
}

function auth(text: string): string {
  return Buffer.from(text).toString('base64');
}

const ENTRIES: readonly (readonly [string, Record<string, string>, Credential])[] = [
  ['auth', { auth: auth('user:pa:ss') }, { kind: 'basic', username: 'user', password: 'pa:ss' }],
  [
    'auth padded with NUL as old docker wrote it',
    { auth: auth('user:pass\0\0') },
    { kind: 'basic', username: 'user', password: 'pass' },
  ],
  [
    'user name and password',
    { username: 'user', password: 'pass' },
    { kind: 'basic', username: 'user', password: 'pass' },
  ],
  [
    'an identity token beside a user',
    { auth: auth('user:'), identitytoken: 'id' },
    { kind: 'identity-token', token: 'id' },
  ],
  [
    'an identity token in the place of the password',
    { auth: auth('<token>:id') },
    { kind: 'identity-token', token: 'id' },
  ],
  ['a registry token', { registrytoken: 'rt' }, { kind: 'registry-token', token: 'rt' }],
  ['nothing', {}, { kind: 'anonymous' }],
];

for (const [name, entry, expected] of ENTRIES) {
  test(`authsKeychain() reads ${name}`, async () => {
    const keychain = authsKeychain({ 'a.example': entry });
    assert.deepEqual(await keychain.resolve('a.example', 'app'), expected);
  });
}

test('authsKeychain() lets the most specific entry decide', async () => {
  const keychain = authsKeychain({
    '*.example': { auth: auth('glob:x') },
    'a.example': { auth: auth('host:x') },
    'a.example/team/app': { auth: auth('app:x') },
    'a.example/team': { auth: auth('team:x') },
    'a.example/empty': {},
  });
  const names = ['team/app', 'team/other', 'else', 'empty/app'].map(async (path) => {
    const credential = await keychain.resolve('a.example', path);
    return credential.kind === 'basic' ? credential.username : credential.kind;
  });
  assert.deepEqual(await Promise.all(names), ['app', 'team', 'host', 'host']);
});

test('MNH-29 authsKeychain() fails for the host of a broken entry only, and does not quote it', async () => {
  const keychain = authsKeychain({
    'bad.example': { auth: 'c2VjcmV0' },
    'good.example': { auth: auth('u:p') },
  });
  await assert.rejects(keychain.resolve('bad.example', 'app'), (error) => {
    assert.ok(error instanceof KeychainError);
    assert.equal(error.code, 'MALFORMED');
    assert.equal(
      error.message,
      'Cannot read the registry credentials for "bad.example": field "auth" must be base64 of "user:password"',
    );
    return true;
  });
  assert.equal((await keychain.resolve('good.example', 'app')).kind, 'basic');
});

test('MNH-19 scopes tell sets of credentials apart and hold no secret', () => {
  const one = authsKeychain({ 'a.example': { auth: auth('u:secret') } });
  const same = authsKeychain({ 'a.example': { auth: auth('u:secret') } });
  const other = authsKeychain({ 'a.example': { auth: auth('u:changed') } });
  assert.equal(one.scope, same.scope);
  assert.notEqual(one.scope, other.scope);
  assert.match(one.scope, /^auths:[0-9a-f]{32}$/);
});

const PAYLOAD = { 'a.example': { auth: auth('user:pass') } };
const SECRETS: readonly (readonly [string, unknown])[] = [
  ['kubernetes.io/dockerconfigjson', { auths: PAYLOAD, credsStore: 'never-run' }],
  ['kubernetes.io/dockercfg', PAYLOAD],
];

for (const [type, payload] of SECRETS) {
  test(`pullSecretKeychain() reads ${type}`, async () => {
    const keychain = pullSecretKeychain(JSON.stringify(payload), type);
    const expected = { kind: 'basic', username: 'user', password: 'pass' };
    assert.deepEqual(await keychain.resolve('a.example', 'app'), expected);
    assert.deepEqual(await keychain.resolve('b.example', 'app'), { kind: 'anonymous' });
  });
}

const BAD_SECRETS: readonly (readonly [string, string, string, string])[] = [
  ['no JSON', 'secret', 'kubernetes.io/dockerconfigjson', '".dockerconfigjson" is not JSON'],
  ['a list', '[]', 'kubernetes.io/dockercfg', '".dockercfg" is no JSON object'],
  ['another type', '{}', 'Opaque', 'its type is "Opaque", which holds none'],
  [
    'too much',
    ' '.repeat(2 ** 20 + 1),
    'kubernetes.io/dockercfg',
    '".dockercfg" is larger than 1048576 bytes',
  ],
];

for (const [name, payload, type, why] of BAD_SECRETS) {
  test(`MNH-29 pullSecretKeychain() refuses ${name} without quoting it`, () => {
    assert.throws(() => pullSecretKeychain(payload, type), {
      name: 'KeychainError',
      code: 'MALFORMED',
      message: `Cannot read registry credentials of the secret: ${why}`,
    });
  });
}

test('firstOf() takes the first keychain that knows the repository', async () => {
  const a = authsKeychain({ 'a.example': { auth: auth('a:x') } });
  const both = authsKeychain({
    'a.example': { auth: auth('late:x') },
    'b.example': { auth: auth('b:x') },
  });
  const keychain = firstOf([anonymousKeychain, a, both]);
  const found = ['a.example', 'b.example', 'c.example'].map(async (host) => {
    const credential = await keychain.resolve(host, 'app');
    return credential.kind === 'basic' ? credential.username : credential.kind;
  });
  assert.deepEqual(await Promise.all(found), ['a', 'b', 'anonymous']);
  assert.equal(keychain.scope, `${a.scope}+${both.scope}`);
});

test('firstOf() of nothing is anonymous, of one is that one', () => {
  const a = authsKeychain({});
  assert.equal(firstOf([]), anonymousKeychain);
  assert.equal(firstOf([anonymousKeychain, a]), a);
});
