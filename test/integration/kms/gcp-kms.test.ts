import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { gcpKms } from '#shared/kms/gcp-kms.ts';
import type { Environment } from '#shared/kms/kms-http.ts';
import { fetchKey, keyRefusal } from '#test/support/kms/fetch-key.ts';
import {
  type CloudRequest,
  type StandInCloud,
  startCloud,
} from '#test/support/kms/stand-in-cloud.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';

const OLD = generateSignerKey().publicKeyPem;
const NEW = generateSignerKey().publicKeyPem;
const KEY = 'projects/acme/locations/europe-west1/keyRings/ring/cryptoKeys/release';
const METADATA = 'metadata.google.internal';
const ACCOUNT_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 });

let cloud: StandInCloud;
let directory: string;
/** State by version. */
let versions: Record<string, string>;
let algorithm: string;

beforeEach(async () => {
  cloud = await startCloud();
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-gcp-'));
  algorithm = 'EC_SIGN_P256_SHA256';
  versions = { 9: 'ENABLED', 10: 'ENABLED', 11: 'DISABLED' };
  cloud.serve('cloudkms.googleapis.com', keyManagement);
  cloud.serve(METADATA, ({ headers, path }) => {
    const isRight =
      headers['metadata-flavor'] === 'Google' &&
      path === '/computeMetadata/v1/instance/service-accounts/default/token';
    return isRight
      ? { body: { access_token: 'token', expires_in: 3599, token_type: 'Bearer' } }
      : { status: 403, body: 'Missing Metadata-Flavor' };
  });
});

afterEach(async () => {
  await cloud.close();
  await rm(directory, { recursive: true });
});

function keyManagement({ headers, path }: CloudRequest): { status?: number; body: unknown } {
  if (headers['authorization'] !== 'Bearer token')
    return { status: 401, body: { error: { code: 401, message: 'Request had no credentials' } } };
  const url = new URL(path, 'https://cloudkms.googleapis.com');
  if (url.pathname === `/v1/${KEY}/cryptoKeyVersions`) {
    assert.equal(url.searchParams.get('filter'), 'state=ENABLED');
    const listed = Object.entries(versions).filter(([, state]) => state === 'ENABLED');
    const named = listed.map(([version, state]) => ({
      name: `${KEY}/cryptoKeyVersions/${version}`,
      state,
    }));
    return { body: { cryptoKeyVersions: named, totalSize: named.length } };
  }
  const [, version = ''] =
    /^\/v1\/projects\/.*\/cryptoKeyVersions\/(\d+)\/publicKey$/.exec(url.pathname) ?? [];
  if (versions[version] === undefined)
    return { status: 404, body: { error: { code: 404, message: 'CryptoKeyVersion not found.' } } };
  return { body: { pem: version === '10' ? NEW : OLD, algorithm } };
}

function provider(env: Environment = {}): ReturnType<typeof gcpKms> {
  return gcpKms({ env, dispatcher: cloud.dispatcher });
}

for (const [form, path] of [
  ['versions', '/versions/9'],
  ['cryptoKeyVersions', '/cryptoKeyVersions/9'],
] as const) {
  test(`gcpkms: a version is fetched as whatever the workload runs as (${form})`, async () => {
    assert.equal(await fetchKey(provider(), `gcpkms://${KEY}${path}`), OLD);
    assert.deepEqual(
      cloud.requests.map(({ host }) => host),
      [METADATA, 'cloudkms.googleapis.com'],
    );
  });
}

test('gcpkms: without a version it is the newest enabled one, by number', async () => {
  assert.equal(await fetchKey(provider(), `gcpkms://${KEY}`), NEW);
});

test('gcpkms: the hash is that of the version’s algorithm', async () => {
  algorithm = 'RSA_SIGN_PSS_4096_SHA512';
  const fetched = await provider().fetch(`gcpkms://${KEY}`, new AbortController().signal);
  assert.equal(fetched.hash, 'sha512');
});

test('gcpkms: a key without an enabled version is NOT_FOUND', async () => {
  versions = { 1: 'DESTROYED' };
  const error = await keyRefusal(provider(), `gcpkms://${KEY}`);
  assert.equal(error.code, 'NOT_FOUND');
});

async function accountFile(content: object): Promise<Environment> {
  const file = join(directory, 'account.json');
  await writeFile(file, JSON.stringify(content));
  return { GOOGLE_APPLICATION_CREDENTIALS: file };
}

const ACCOUNT = {
  type: 'service_account',
  client_email: 'webhook@acme.iam.gserviceaccount.com',
  private_key_id: 'k1',
  private_key: ACCOUNT_KEY.privateKey.export({ format: 'pem', type: 'pkcs8' }),
  token_uri: 'https://oauth2.googleapis.com/token',
};

test('gcpkms: a service account proves itself with a signed assertion', async () => {
  cloud.serve('oauth2.googleapis.com', ({ body }) => {
    const form = new URLSearchParams(body);
    assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const isSigned = verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      ACCOUNT_KEY.publicKey,
      Buffer.from(signature, 'base64url'),
    );
    const { iss, aud, exp, iat, scope } = JSON.parse(
      Buffer.from(claims, 'base64url').toString(),
    ) as Record<string, unknown>;
    const isRight = isSigned && iss === ACCOUNT.client_email && aud === ACCOUNT.token_uri;
    assert.equal(Number(exp) - Number(iat), 300);
    assert.equal(scope, 'https://www.googleapis.com/auth/cloudkms');
    return isRight ? { body: { access_token: 'token' } } : { status: 400, body: {} };
  });
  const env = await accountFile(ACCOUNT);
  assert.equal(await fetchKey(provider(env), `gcpkms://${KEY}/versions/9`), OLD);
});

for (const [name, content, code] of [
  ['of another type', { ...ACCOUNT, type: 'external_account' }, 'UNSUPPORTED'],
  ['without a key', { ...ACCOUNT, private_key: 'x' }, 'NO_CREDENTIALS'],
] as const) {
  test(`gcpkms: credentials ${name} are ${code}`, async () => {
    const error = await keyRefusal(provider(await accountFile(content)), `gcpkms://${KEY}`);
    assert.equal(error.code, code, error.message);
    assert.deepEqual(cloud.requests, []);
  });
}

for (const [name, uri, code] of [
  ['a version that does not exist', `gcpkms://${KEY}/versions/77`, 'NOT_FOUND'],
  ['a reference that is too short', 'gcpkms://projects/acme', 'BAD_REFERENCE'],
  ['a reference that leaves its place', `gcpkms://${KEY}/versions/../9`, 'BAD_REFERENCE'],
] as const) {
  test(`gcpkms: ${name} is ${code}`, async () => {
    const error = await keyRefusal(provider(), uri);
    assert.equal(error.code, code, error.message);
    assert.equal(error.transient, false);
  });
}

test('gcpkms: credentials that are refused are FORBIDDEN, in the service’s own words', async () => {
  cloud.serve(METADATA, () => ({ body: { access_token: 'another' } }));
  const error = await keyRefusal(provider(), `gcpkms://${KEY}`);
  assert.equal(error.code, 'FORBIDDEN');
  assert.match(error.message, /the answer is 401: Request had no credentials$/);
});
