import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { azureKms } from '#shared/kms/azure-kms.ts';
import type { Environment } from '#shared/kms/kms-http.ts';
import { fetchKey, keyRefusal } from '#test/support/kms/fetch-key.ts';
import { type StandInCloud, startCloud } from '#test/support/kms/stand-in-cloud.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';

const EC = generateSignerKey().publicKeyPem;
const RSA = generateSignerKey('rsa-2048').publicKeyPem;
function rsaPem(bits: number): string {
  // Any modulus will do: nothing is signed.
  const n = Buffer.alloc(bits / 8, 0xff).toString('base64url');
  const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
  return key.export({ format: 'pem', type: 'spki' }).toString();
}

const VERSION = '0123456789abcdef0123456789abcdef';
const SECRET: Environment = {
  AZURE_TENANT_ID: 'tenant',
  AZURE_CLIENT_ID: 'client',
  AZURE_CLIENT_SECRET: 'secret',
};

/** As Key Vault gives keys that are in hardware: the type has a suffix, operations and an identifier. */
function keyBundle(pem: string, enabled = true): object {
  const jwk = createPublicKey(pem).export({ format: 'jwk' });
  const key = { ...jwk, kid: 'https://acme.vault.azure.net/keys/x/1', key_ops: ['sign', 'verify'] };
  return { key: { ...key, kty: `${jwk.kty}-HSM` }, attributes: { enabled } };
}

let cloud: StandInCloud;
let directory: string;

beforeEach(async () => {
  cloud = await startCloud();
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-azure-'));
  for (const domain of ['vault.azure.net', 'vault.azure.cn']) serveVault(domain);
  for (const host of ['login.microsoftonline.com', 'login.chinacloudapi.cn']) serveTokens(host);
});

afterEach(async () => {
  await cloud.close();
  await rm(directory, { recursive: true });
});

function serveVault(domain: string): void {
  const bundles: Readonly<Record<string, object>> = {
    '/keys/release/': keyBundle(EC),
    [`/keys/release/${VERSION}`]: keyBundle(RSA),
    '/keys/off/': keyBundle(EC, false),
  };
  cloud.serve(`acme.${domain}`, ({ headers, path }) => {
    if (headers['authorization'] !== `Bearer for https://${domain}/.default`)
      return { status: 401, body: { error: { code: 'Unauthorized', message: 'no token' } } };
    const url = new URL(path, 'https://vault');
    assert.equal(url.searchParams.get('api-version'), '7.4');
    const bundle = bundles[url.pathname];
    const missing = { error: { code: 'KeyNotFound', message: 'A key was not found' } };
    return bundle === undefined ? { status: 404, body: missing } : { body: bundle };
  });
}

function serveTokens(host: string): void {
  cloud.serve(host, ({ method, path, body }) => {
    const form = new URLSearchParams(body);
    const isProven =
      form.get('client_secret') === 'secret' ||
      (form.get('client_assertion') === 'a.b.c' &&
        form.get('client_assertion_type') ===
          'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const isRight =
      `${method} ${path}` === 'POST /tenant/oauth2/v2.0/token' &&
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_id') === 'client' &&
      isProven;
    if (isRight) return { body: { access_token: `for ${form.get('scope')}` } };
    return { status: 401, body: { error: 'invalid_client', error_description: 'AADSTS7000215' } };
  });
}

function provider(env: Environment = SECRET): ReturnType<typeof azureKms> {
  return azureKms({ env, dispatcher: cloud.dispatcher });
}

for (const [name, path, pem] of [
  ['the latest version', 'release', EC],
  ['the latest version, with a slash', 'release/', EC],
  ['a version', `release/${VERSION}`, RSA],
] as const) {
  test(`azurekms: ${name} of a key in hardware is fetched`, async () => {
    assert.equal(await fetchKey(provider(), `azurekms://acme.vault.azure.net/${path}`), pem);
  });
}

for (const [name, pem, hash] of [
  ['P-256', EC, 'sha256'],
  ['P-384', generateSignerKey('ecdsa-p384').publicKeyPem, 'sha384'],
  ['RSA 2048', RSA, 'sha256'],
  ['RSA 3072', rsaPem(3072), 'sha384'],
  ['RSA 4096', rsaPem(4096), 'sha512'],
] as const) {
  test(`azurekms: the hash goes by the size of the key: ${name}`, async () => {
    cloud.serve('acme.vault.azure.net', () => ({ body: keyBundle(pem) }));
    const uri = 'azurekms://acme.vault.azure.net/release';
    const fetched = await provider().fetch(uri, new AbortController().signal);
    assert.equal(fetched.hash, hash);
  });
}

test('azurekms: workload identity proves itself with its federated token', async () => {
  const file = join(directory, 'token');
  await writeFile(file, 'a.b.c\n');
  const { AZURE_CLIENT_SECRET: _secret, ...env } = SECRET;
  const federated = provider({ ...env, AZURE_FEDERATED_TOKEN_FILE: file });
  assert.equal(await fetchKey(federated, 'azurekms://acme.vault.azure.net/release'), EC);
});

test('azurekms: other clouds have their own vaults and authorities', async () => {
  assert.equal(await fetchKey(provider(), 'azurekms://acme.vault.azure.cn/release'), EC);
  assert.deepEqual(
    cloud.requests.map(({ host }) => host),
    ['login.chinacloudapi.cn', 'acme.vault.azure.cn'],
  );
});

for (const uri of [
  'azurekms://evil.example/release',
  'azurekms://evil.example.vault.azure.net.evil/release',
  'azurekms://evil@acme.vault.azure.net/release',
  'azurekms://acme.vault.azure.net:444/release',
  'azurekms://acme.vault.azure.net',
]) {
  test(`azurekms: no token goes to ${uri}`, async () => {
    const error = await keyRefusal(provider(), uri);
    assert.equal(error.code, 'BAD_REFERENCE');
    assert.deepEqual(cloud.requests, []);
  });
}

for (const [name, key, env, code] of [
  ['a key that does not exist', 'none', SECRET, 'NOT_FOUND'],
  ['a key that is disabled', 'off', SECRET, 'NOT_FOUND'],
  ['a wrong secret', 'release', { ...SECRET, AZURE_CLIENT_SECRET: 'x' }, 'FORBIDDEN'],
  ['no credentials', 'release', {}, 'NO_CREDENTIALS'],
] as const) {
  test(`azurekms: ${name} is ${code}`, async () => {
    const error = await keyRefusal(provider(env), `azurekms://acme.vault.azure.net/${key}`);
    assert.equal(error.code, code, error.message);
    assert.equal(error.transient, false);
  });
}
