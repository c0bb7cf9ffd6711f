import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { hashiVault } from '#shared/kms/hashi-vault.ts';
import type { Environment } from '#shared/kms/kms-http.ts';
import { fetchKey, keyRefusal } from '#test/support/kms/fetch-key.ts';
import { type StandInCloud, startCloud } from '#test/support/kms/stand-in-cloud.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';

const OLD = generateSignerKey().publicKeyPem;
const NEW = generateSignerKey().publicKeyPem;
const ED25519 = generateSignerKey('ed25519').publicKeyPem;
const RAW = createPublicKey(ED25519).export({ format: 'der', type: 'spki' }).subarray(-32);

/** As `GET /v1/transit/keys/NAME` answers. */
const KEYS: Readonly<Record<string, object>> = {
  '/v1/transit/keys/release': {
    latest_version: 2,
    type: 'ecdsa-p256',
    keys: { 1: { name: 'P-256', public_key: OLD }, 2: { name: 'P-256', public_key: NEW } },
  },
  '/v1/transit/keys/edwards': {
    latest_version: 1,
    type: 'ed25519',
    keys: { 1: { name: 'ed25519', public_key: RAW.toString('base64') } },
  },
  '/v1/transit/keys/damaged': {
    latest_version: 1,
    type: 'ed25519',
    keys: { 1: { name: 'ed25519', public_key: RAW.subarray(1).toString('base64') } },
  },
  // A symmetric key: its versions are times.
  '/v1/transit/keys/aes': { latest_version: 1, type: 'aes256-gcm96', keys: { 1: 1_790_000_000 } },
  '/v1/team/signing/keys/release': {
    latest_version: 1,
    type: 'ecdsa-p256',
    keys: { 1: { name: 'P-256', public_key: OLD } },
  },
};

let cloud: StandInCloud;
let directory: string;
const TOKEN: Environment = { VAULT_ADDR: 'https://vault.example:8200', VAULT_TOKEN: 'hvs.token' };

beforeEach(async () => {
  cloud = await startCloud();
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-vault-'));
  cloud.serve('vault.example:8200', ({ method, path, headers }) => {
    if (headers['x-vault-token'] !== 'hvs.token' || headers['x-vault-request'] !== 'true')
      return { status: 403, body: { errors: ['permission denied'] } };
    const data = method === 'GET' ? KEYS[path] : undefined;
    return data === undefined ? { status: 404, body: { errors: [] } } : { body: { data } };
  });
});

afterEach(async () => {
  await cloud.close();
  await rm(directory, { recursive: true });
});

function provider(env: Environment = TOKEN): ReturnType<typeof hashiVault> {
  return hashiVault({ env, dispatcher: cloud.dispatcher });
}

test('hashivault: the latest version of a transit key is fetched', async () => {
  assert.equal(await fetchKey(provider(), 'hashivault://release'), NEW);
});

test('hashivault: an Ed25519 key is given as its bare bytes', async () => {
  assert.equal(await fetchKey(provider(), 'hashivault://edwards'), ED25519);
});

test('hashivault: the engine’s path and the namespace come from the environment', async () => {
  const env = { ...TOKEN, TRANSIT_SECRET_ENGINE_PATH: 'team/signing', VAULT_NAMESPACE: 'acme' };
  assert.equal(await fetchKey(provider(env), 'hashivault://release'), OLD);
  assert.equal(cloud.requests[0]?.headers['x-vault-namespace'], 'acme');
});

test('hashivault: without VAULT_TOKEN the token is read from the home directory', async () => {
  await writeFile(join(directory, '.vault-token'), 'hvs.token\n');
  const env = { VAULT_ADDR: TOKEN['VAULT_ADDR'], HOME: directory };
  assert.equal(await fetchKey(provider(env), 'hashivault://release'), NEW);
});

for (const [name, uri, env, code] of [
  ['a key that does not exist', 'hashivault://none', TOKEN, 'NOT_FOUND'],
  ['a symmetric key', 'hashivault://aes', TOKEN, 'MALFORMED'],
  ['a key that is too short', 'hashivault://damaged', TOKEN, 'MALFORMED'],
  ['a path instead of a name', 'hashivault://../sys/health', TOKEN, 'BAD_REFERENCE'],
  ['a wrong token', 'hashivault://release', { ...TOKEN, VAULT_TOKEN: 'x' }, 'FORBIDDEN'],
  ['no address', 'hashivault://release', { VAULT_TOKEN: 'x' }, 'NO_CREDENTIALS'],
  [
    'no token',
    'hashivault://release',
    { VAULT_ADDR: TOKEN['VAULT_ADDR'], HOME: '/nonexistent' },
    'NO_CREDENTIALS',
  ],
] as const) {
  test(`hashivault: ${name} is ${code}`, async () => {
    const error = await keyRefusal(provider(env), uri);
    assert.equal(error.code, code, error.message);
    assert.equal(error.transient, false);
  });
}

for (const [name, answer, code, transient] of [
  ['a service that is sealed', { status: 503, body: { errors: ['sealed'] } }, 'UNREACHABLE', true],
  ['a service that is busy', { status: 429, body: '' }, 'RATE_LIMITED', true],
  ['a redirect', { status: 307, body: '' }, 'REFUSED', false],
  ['an answer that is no JSON', { body: '<html>' }, 'MALFORMED', false],
  ['an answer that never ends', { body: 'x'.repeat(2 * 1024 * 1024) }, 'TOO_LARGE', false],
] as const) {
  test(`hashivault: ${name} is ${code}`, async () => {
    cloud.serve('vault.example:8200', () => answer);
    const error = await keyRefusal(provider(), 'hashivault://release');
    assert.equal(error.code, code, error.message);
    assert.equal(error.transient, transient);
  });
}

test('hashivault: an answer that does not end in time is TIMEOUT', async () => {
  cloud.serve('vault.example:8200', () => ({ body: '{"data":', hangs: true }));
  const { dispatcher } = cloud;
  const slow = hashiVault({ env: TOKEN, dispatcher, timeoutMs: 20 });
  const error = await keyRefusal(slow, 'hashivault://release');
  assert.equal(error.code, 'TIMEOUT');
  assert.equal(error.transient, true);
});

test('hashivault: a caller whose time is up gets its own reason', async () => {
  const controller = new AbortController();
  const late = new DOMException('late', 'TimeoutError');
  cloud.serve('vault.example:8200', () => {
    controller.abort(late);
    return { status: 500, body: '' };
  });
  const work = provider().fetch('hashivault://release', controller.signal);
  await assert.rejects(work, (error) => error === late);
});
