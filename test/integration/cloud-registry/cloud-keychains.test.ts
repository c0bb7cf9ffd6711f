import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type CloudKeychain, cloudKeychains } from '#shared/cloud-registry/cloud-keychains.ts';
import type { Environment } from '#shared/kms/kms-http.ts';
import type { Credential } from '#shared/registry/keychain.ts';
import { testClock, type TestClock } from '#test/support/admission/engine.ts';
import { type AwsAccount, awsEcrService } from '#test/support/kms/aws-service.ts';
import { type StandInCloud, startCloud } from '#test/support/kms/stand-in-cloud.ts';

const ACCOUNT: AwsAccount = {
  region: 'eu-west-1',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const AWS: Environment = {
  AWS_ACCESS_KEY_ID: ACCOUNT.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ACCOUNT.secretAccessKey,
};
const AZURE: Environment = {
  AZURE_TENANT_ID: 'acme',
  AZURE_CLIENT_ID: 'webhook',
  AZURE_CLIENT_SECRET: 'of the app',
};
const ECR = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const ECR_API = 'api.ecr.eu-west-1.amazonaws.com';
const ACR = 'acme.azurecr.io';
const ENTRA = 'login.microsoftonline.com';
const GAR = 'europe-docker.pkg.dev';
const METADATA = 'metadata.google.internal';

let cloud: StandInCloud;
let clock: TestClock;

beforeEach(async () => {
  cloud = await startCloud();
  clock = testClock();
  cloud.serve(ECR_API, awsEcrService(ACCOUNT, Buffer.from('AWS:secret:of:ecr').toString('base64')));
  cloud.serve(METADATA, ({ headers }) =>
    headers['metadata-flavor'] === 'Google'
      ? { body: { access_token: 'of google' } }
      : { status: 403, body: '' },
  );
  cloud.serve(ENTRA, ({ path, body }) => {
    const form = new URLSearchParams(body);
    return path === '/acme/oauth2/v2.0/token' &&
      form.get('scope') === 'https://containerregistry.azure.net/.default' &&
      form.get('client_secret') === 'of the app'
      ? { body: { access_token: 'of entra' } }
      : { status: 401, body: { error_description: 'no such app' } };
  });
  cloud.serve(ACR, ({ path, body }) => {
    const form = Object.fromEntries(new URLSearchParams(body));
    assert.deepEqual(form, {
      grant_type: 'access_token',
      service: ACR,
      tenant: 'acme',
      access_token: 'of entra',
    });
    return path === '/oauth2/exchange'
      ? { body: { refresh_token: 'of the registry' } }
      : { status: 404, body: '' };
  });
});

afterEach(async () => cloud.close());

function keychain(name: string, env: Environment): CloudKeychain {
  const [only] = cloudKeychains({ env, clock, dispatcher: cloud.dispatcher })([name]);
  assert.ok(only);
  return only;
}

const ANONYMOUS: Credential = { kind: 'anonymous' };

const GIVEN: readonly (readonly [string, Environment, string, Credential])[] = [
  ['amazon', AWS, ECR, { kind: 'basic', username: 'AWS', password: 'secret:of:ecr' }],
  ['azure', AZURE, ACR, { kind: 'identity-token', token: 'of the registry' }],
  ['google', {}, GAR, { kind: 'basic', username: 'oauth2accesstoken', password: 'of google' }],
  [
    'google',
    {},
    'eu.gcr.io',
    { kind: 'basic', username: 'oauth2accesstoken', password: 'of google' },
  ],
  ['github', { GITHUB_TOKEN: 't' }, 'ghcr.io', { kind: 'basic', username: 'unset', password: 't' }],
  [
    'github',
    { GITHUB_TOKEN: 't', GITHUB_ACTOR: 'eve' },
    'ghcr.io',
    { kind: 'basic', username: 'eve', password: 't' },
  ],
];

for (const [name, env, host, expected] of GIVEN) {
  test(`provider ${name} gives what the process may use at ${host}, as ${JSON.stringify(expected)}`, async () => {
    const given = keychain(name, env);
    assert.deepEqual(await given.resolve(host, 'acme/app'), expected);
    assert.equal(given.trouble(host), undefined);
  });
}

const FOREIGN: readonly (readonly [string, string])[] = [
  ['amazon', 'evil.example'],
  ['amazon', `${ECR}.evil.example`],
  ['amazon', `evil.example/${ECR}`],
  ['amazon', `x${ECR}`],
  ['amazon', '111122223333.dkr.ecr.eu-west-1.evil.example'],
  ['azure', `${ACR}.evil.example`],
  ['azure', 'azurecr.io'],
  ['azure', 'evil.example:443.azurecr.io'],
  ['google', 'gcr.io.evil.example'],
  ['google', 'evilgcr.io'],
  ['google', 'pkg.dev'],
  ['google', 'a.b.pkg.dev'],
  ['github', 'ghcr.io.evil.example'],
  ['github', 'ghcr.io:5000'],
];

for (const [name, host] of FOREIGN) {
  test(`MNH-19 provider ${name} gives ${host} nothing, and asks nobody`, async () => {
    const given = keychain(name, { ...AWS, ...AZURE, GITHUB_TOKEN: 't' });
    assert.deepEqual(await given.resolve(host, 'acme/app'), ANONYMOUS);
    assert.equal(cloud.requests.length, 0);
  });
}

const TROUBLE: readonly (readonly [string, Environment, string, RegExp])[] = [
  ['amazon', {}, ECR, /: found no AWS credentials, expected AWS_ACCESS_KEY_ID/],
  [
    'amazon',
    { ...AWS, AWS_SECRET_ACCESS_KEY: 'another' },
    ECR,
    /: cannot get an authorization token at api\.ecr\.eu-west-1\.amazonaws\.com: the answer is 400: The request signature does not match\.$/,
  ],
  ['azure', {}, ACR, /: found no Azure credentials, expected AZURE_TENANT_ID/],
  ['azure', { ...AZURE, AZURE_CLIENT_SECRET: 'x' }, ACR, /: the answer is 401: no such app$/],
  ['google', { GCE_METADATA_HOST: 'nobody.example' }, GAR, /: the answer is 502$/],
];

for (const [name, env, host, says] of TROUBLE) {
  test(`provider ${name} that gives nothing leaves the registry to be asked anonymously, and says ${says}`, async () => {
    const given = keychain(name, env);
    assert.deepEqual(await given.resolve(host, 'acme/app'), ANONYMOUS);
    const trouble = given.trouble(host) ?? '';
    assert.match(trouble, says);
    assert.ok(
      trouble.startsWith(
        `provider "${name}" of imageRegistryCredentials gave no credentials for ${host}: `,
      ),
      trouble,
    );
  });
}

test('what a cloud gave is kept for minutes, what it refused for seconds; who asks together asks once', async () => {
  const given = keychain('google', {});
  await Promise.all([given.resolve(GAR, 'a'), given.resolve(GAR, 'b')]);
  assert.equal(cloud.requests.length, 1);
  clock.advance(239_000);
  await given.resolve(GAR, 'a');
  assert.equal(cloud.requests.length, 1);
  clock.advance(2_000);
  cloud.serve(METADATA, () => ({ status: 500, body: '' }));
  assert.deepEqual(await given.resolve(GAR, 'a'), ANONYMOUS);
  assert.equal(cloud.requests.length, 2);
  clock.advance(31_000);
  cloud.serve(METADATA, () => ({ body: { access_token: 'again' } }));
  assert.deepEqual(await given.resolve(GAR, 'a'), {
    kind: 'basic',
    username: 'oauth2accesstoken',
    password: 'again',
  });
});
