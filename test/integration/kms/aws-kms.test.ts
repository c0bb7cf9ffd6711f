import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { awsKms } from '#shared/kms/aws-kms.ts';
import type { Environment } from '#shared/kms/kms-http.ts';
import { signAwsCall } from '#shared/kms/sigv4.ts';
import type { KeySourceError } from '#shared/trust/key-source.ts';
import { type AwsAccount, awsKmsService } from '#test/support/kms/aws-service.ts';
import { fetchKey, keyRefusal } from '#test/support/kms/fetch-key.ts';
import { type StandInCloud, startCloud } from '#test/support/kms/stand-in-cloud.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';

const { publicKeyPem: PEM } = generateSignerKey();
const ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const ARN = `arn:aws:kms:eu-west-1:111122223333:key/${ID}`;
const KEYS = {
  [ID]: { pem: PEM },
  [ARN]: { pem: PEM },
  'alias/release': { pem: PEM },
  'arn:aws:kms:eu-west-1:111122223333:alias/release': { pem: PEM },
  'mrk-1234abcd12ab34cd56ef1234567890ab': { pem: PEM },
  'alias/for-data': { pem: PEM, usage: 'ENCRYPT_DECRYPT' },
};
const ACCOUNT: AwsAccount = {
  region: 'eu-west-1',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const STATIC: Environment = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: ACCOUNT.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ACCOUNT.secretAccessKey,
};
const HOST = 'kms.eu-west-1.amazonaws.com';

let cloud: StandInCloud;
let directory: string;

beforeEach(async () => {
  cloud = await startCloud();
  cloud.serve(HOST, awsKmsService(ACCOUNT, KEYS));
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-aws-'));
});

afterEach(async () => {
  await cloud.close();
  await rm(directory, { recursive: true });
});

async function fetchFrom(uri: string, env: Environment = STATIC): Promise<string> {
  return fetchKey(awsKms({ env, dispatcher: cloud.dispatcher }), uri);
}

async function refusal(uri: string, env: Environment = STATIC): Promise<KeySourceError> {
  return keyRefusal(awsKms({ env, dispatcher: cloud.dispatcher }), uri);
}

test('signAwsCall() makes the signature of AWS’s own test vector (post-vanilla)', () => {
  const { authorization } = signAwsCall(
    {
      host: 'example.amazonaws.com',
      region: 'us-east-1',
      service: 'service',
      headers: {},
      body: '',
    },
    { ...ACCOUNT, sessionToken: undefined },
    Date.parse('2015-08-30T12:36:00Z'),
  );
  assert.equal(
    authorization,
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  );
});

for (const id of Object.keys(KEYS).slice(0, 5)) {
  test(`awskms: ${id} is fetched from its region with a good signature`, async () => {
    assert.equal(await fetchFrom(`awskms:///${id}`), PEM);
    assert.deepEqual(
      cloud.requests.map(({ host, method, path }) => [host, method, path]),
      [[HOST, 'POST', '/']],
    );
  });
}

for (const [algorithms, hash] of [
  [undefined, 'sha256'],
  [['RSASSA_PKCS1_V1_5_SHA_384', 'RSASSA_PSS_SHA_256'], 'sha384'],
  [['ED25519_PH_SHA_512'], 'sha512'],
  [['ED25519'], undefined],
] as const) {
  test(`awskms: the hash is that of the first algorithm: ${algorithms?.[0] ?? 'ECDSA_SHA_256'}`, async () => {
    const key = { pem: PEM, ...(algorithms === undefined ? {} : { algorithms }) };
    cloud.serve(HOST, awsKmsService(ACCOUNT, { [ID]: key }));
    const provider = awsKms({ env: STATIC, dispatcher: cloud.dispatcher });
    const fetched = await provider.fetch(`awskms:///${ID}`, new AbortController().signal);
    assert.equal(fetched.hash, hash);
  });
}

test('awskms: an ARN names the region, whatever the environment says', async () => {
  assert.equal(await fetchFrom(`awskms:///${ARN}`, { ...STATIC, AWS_REGION: 'us-east-1' }), PEM);
});

test('awskms: an endpoint in the reference is asked instead, over https', async () => {
  cloud.serve('kms.example:4566', awsKmsService(ACCOUNT, KEYS));
  assert.equal(await fetchFrom(`awskms://kms.example:4566/${ID}`), PEM);
});

test('awskms: AWS_ENDPOINT_URL_KMS is asked instead, as by AWS’s own tools', async () => {
  cloud.serve('vpce.example', awsKmsService(ACCOUNT, KEYS));
  const env = { ...STATIC, AWS_ENDPOINT_URL_KMS: 'https://vpce.example' };
  assert.equal(await fetchFrom(`awskms:///${ID}`, env), PEM);
});

test('awskms: requests leave the process by themselves, loopback past any proxy', async () => {
  cloud.serve(cloud.host, awsKmsService(ACCOUNT, KEYS));
  const env = {
    ...STATIC,
    AWS_ENDPOINT_URL: `http://${cloud.host}`,
    HTTPS_PROXY: 'http://127.0.0.1:1',
    HTTP_PROXY: 'http://127.0.0.1:1',
  };
  assert.equal(await fetchKey(awsKms({ env }), `awskms:///${ID}`), PEM);
});

const TEMPORARY: AwsAccount = { ...ACCOUNT, accessKeyId: 'ASIATEMPORARY', sessionToken: 'session' };

test('awskms: temporary credentials of the environment carry their session token', async () => {
  cloud.serve(HOST, awsKmsService(TEMPORARY, KEYS));
  const env = { ...STATIC, AWS_ACCESS_KEY_ID: 'ASIATEMPORARY', AWS_SESSION_TOKEN: 'session' };
  assert.equal(await fetchFrom(`awskms:///${ID}`, env), PEM);
});

test('awskms: a service account’s token is exchanged for credentials (IRSA)', async () => {
  const file = join(directory, 'token');
  await writeFile(file, 'a.b.c\n');
  cloud.serve(HOST, awsKmsService(TEMPORARY, KEYS));
  cloud.serve('sts.eu-west-1.amazonaws.com', ({ body }) => {
    const form = new URLSearchParams(body);
    const isRight =
      form.get('Action') === 'AssumeRoleWithWebIdentity' &&
      form.get('WebIdentityToken') === 'a.b.c' &&
      form.get('RoleArn') === 'arn:aws:iam::111122223333:role/webhook';
    if (!isRight) return { status: 400, body: '<Error/>' };
    const { accessKeyId, secretAccessKey, sessionToken } = TEMPORARY;
    return {
      body: `<R><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken></Credentials></R>`,
    };
  });
  const env = {
    AWS_REGION: 'eu-west-1',
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/webhook',
  };
  assert.equal(await fetchFrom(`awskms:///${ID}`, env), PEM);
});

for (const [name, variables, host] of [
  ['ECS', { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/me' }, '169.254.170.2'],
  [
    'EKS Pod Identity',
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v2/me' },
    '169.254.170.23',
  ],
] as const) {
  test(`awskms: credentials of the container are asked for (${name})`, async () => {
    cloud.serve(HOST, awsKmsService(TEMPORARY, KEYS));
    cloud.serve(host, ({ headers, path }) => {
      if (headers['authorization'] !== 'pod' || path !== '/v2/me') return { status: 401, body: '' };
      const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = TEMPORARY;
      return { body: { AccessKeyId, SecretAccessKey, Token: 'session' } };
    });
    const file = join(directory, 'token');
    await writeFile(file, 'pod');
    const env = {
      ...variables,
      AWS_REGION: 'eu-west-1',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
    };
    assert.equal(await fetchFrom(`awskms:///${ID}`, env), PEM);
  });
}

test('awskms: a container’s token never goes to a foreign host over http', async () => {
  const error = await refusal(`awskms:///${ID}`, {
    AWS_REGION: 'eu-west-1',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://evil.example/me',
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'pod',
  });
  assert.equal(error.code, 'NO_CREDENTIALS');
  assert.deepEqual(cloud.requests, []);
});

for (const [name, uri, env, code, transient] of [
  ['a key that does not exist', 'awskms:///alias/none', STATIC, 'NOT_FOUND', false],
  ['a key for other uses', 'awskms:///alias/for-data', STATIC, 'MALFORMED', false],
  [
    'a wrong secret',
    `awskms:///${ID}`,
    { ...STATIC, AWS_SECRET_ACCESS_KEY: 'x' },
    'FORBIDDEN',
    false,
  ],
  ['no credentials', `awskms:///${ID}`, { AWS_REGION: 'eu-west-1' }, 'NO_CREDENTIALS', false],
  ['no region', `awskms:///${ID}`, { ...STATIC, AWS_REGION: undefined }, 'NO_CREDENTIALS', false],
  ['no key', 'awskms:///', STATIC, 'BAD_REFERENCE', false],
  ['a reference with a user', `awskms://a@b/${ID}`, STATIC, 'BAD_REFERENCE', false],
  ['an endpoint that is no host', `awskms://[/${ID}`, STATIC, 'BAD_REFERENCE', false],
  ['a service that is down', `awskms://down.example/${ID}`, STATIC, 'UNREACHABLE', true],
] as const) {
  test(`awskms: ${name} is ${code}`, async () => {
    const error = await refusal(uri, env);
    assert.equal(error.code, code, error.message);
    assert.equal(error.transient, transient);
  });
}

test('awskms: the words of a refusal hold no token of the session', async () => {
  cloud.serve(HOST, awsKmsService({ ...TEMPORARY, secretAccessKey: 'another' }, KEYS));
  const env = { ...STATIC, AWS_ACCESS_KEY_ID: 'ASIATEMPORARY', AWS_SESSION_TOKEN: 'session' };
  const { code, message } = await refusal(`awskms:///${ID}`, env);
  assert.equal(code, 'FORBIDDEN');
  assert.match(message, /The request signature does not match\.$/);
});

test('awskms: what a host says that is no service is not quoted', async () => {
  cloud.serve('internal.example', () => ({ status: 404, body: 'secret page' }));
  const { code, message } = await refusal(`awskms://internal.example/${ID}`);
  assert.equal(code, 'NOT_FOUND');
  assert.match(message, /cannot get the public key at internal\.example: the answer is 404$/);
});

test('awskms: a role that may not be assumed is told in the words of STS', async () => {
  const file = join(directory, 'token');
  await writeFile(file, 'a.b.c');
  cloud.serve('sts.eu-west-1.amazonaws.com', () => ({
    status: 403,
    body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>',
  }));
  const env = { AWS_REGION: 'eu-west-1', AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: 'arn' };
  const { code, message } = await refusal(`awskms:///${ID}`, env);
  assert.equal(code, 'FORBIDDEN');
  assert.match(message, /Not authorized to perform sts:AssumeRoleWithWebIdentity$/);
});

test('awskms: throttling may pass, so it is tried again', async () => {
  cloud.serve(HOST, () => ({
    status: 400,
    body: { __type: 'ThrottlingException', message: 'Rate exceeded' },
  }));
  const error = await refusal(`awskms:///${ID}`);
  assert.equal(error.code, 'RATE_LIMITED');
  assert.equal(error.transient, true);
});
