import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { putImage } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';
import { fulcioDoor } from '#test/support/sigstore/fulcio-door.ts';
import { rekorV1Door } from '#test/support/sigstore/rekor-v1-door.ts';
import { jsonAnswer, refusal } from '#test/support/sigstore/service-answer.ts';
import {
  SERVICE_PATH,
  type ServiceName,
  type SigningServer,
  startSigningServer,
} from '#test/support/sigstore/signing-server.ts';
import { signingConfig } from '#test/support/sigstore/signing-config.ts';
import { tsaDoor } from '#test/support/sigstore/tsa-door.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { keyPolicy } from './sample-policies.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

const sigstore = createVirtualSigstore();
const EMAIL = 'dev@acme.example';
const BY_EMAIL = { email: EMAIL, email_verified: true };

let registry: TestRegistry;
let services: SigningServer;
let files: Workspace;

before(async () => {
  registry = await startRegistry();
  services = await startSigningServer(sigstore);
  files = await makeWorkspace();
  await files.write('root.json', JSON.stringify(sigstore.trustedRoot()));
  await files.write('predicate.json', '{"scanner":"test"}');
});

afterEach(() => {
  for (const service of Object.keys(SERVICE_PATH) as ServiceName[])
    services.replace(service, undefined);
});

after(async () => {
  await services.close();
  await registry.close();
  await files.remove();
});

function image(repository: string): string {
  const { digest } = putImage(registry, repository, { tag: '1.0' });
  return `${registry.host}/${repository}@${digest}`;
}

const serviceFlags = (): readonly string[] => [
  '--fulcio-url',
  services.url,
  '--rekor-url',
  `${services.url}/`,
];

const identityFlags = (identity = EMAIL): readonly string[] => [
  '--certificate-identity',
  identity,
  '--certificate-oidc-issuer',
  services.issuer.url,
  '--trusted-root',
  files.path('root.json'),
];

/** Signs with a token of the tester's, and the services of the double. */
async function signKeyless(name: string, ...flags: readonly string[]): Promise<CliResult> {
  const env = { SIGSTORE_ID_TOKEN: services.issuer.token(BY_EMAIL) };
  return await runCli(['sign', name, ...serviceFlags(), ...flags], { env });
}

function assertUntouched(name: string): void {
  const repository = name.slice(registry.host.length + 1).replace(/@.*/, '');
  const writes = registry.requests.filter(
    ({ method, url }) =>
      !['GET', 'HEAD'].includes(method) && url.pathname.includes(`/${repository}/`),
  );
  assert.deepEqual(writes, [], 'nothing was written');
}

test('sign keyless: verify finds who signed, and that it was logged', async () => {
  const name = image('keyless/signed');
  const signed = await signKeyless(name, '-a', 'env=prod');
  assert.equal(signed.code, 0, signed.stderr);
  assert.match(
    signed.stdout,
    /\n {2}signed by dev@acme\.example\n {2}issuer https:\/\/issuer\.test\n/,
  );
  assert.match(
    signed.stdout,
    /\n {2}logged in http:\/\/127\.0\.0\.1:\d+, entry \d+\n {2}stored as /,
  );
  const verified = await runCli(['verify', name, ...identityFlags(), '-a', 'env=prod']);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  assert.match(verified.stdout, /logged +\S+ in https:\/\/rekor\.test, entry \d+\n/);
  const other = await runCli(['verify', name, ...identityFlags('else@acme.example')]);
  assert.equal(other.code, 1, other.stdout);
});

test('MNH-15 attest keyless makes an attestation of its type, and no signature', async () => {
  const name = image('keyless/attested');
  const env = { SIGSTORE_ID_TOKEN: services.issuer.token({ sub: 'https://acme.example/ci' }) };
  const what = ['--predicate', files.path('predicate.json'), '--type', 'vuln'];
  const done = await runCli(['attest', name, ...serviceFlags(), ...what], { env });
  assert.equal(done.code, 0, done.stderr);
  const flags = identityFlags('https://acme.example/ci');
  const attested = await runCli(['verify', name, ...flags, '--type', 'vuln']);
  assert.equal(attested.code, 0, attested.stdout + attested.stderr);
  assert.equal((await runCli(['verify', name, ...flags])).code, 1);
});

test('sign keyless with a timestamp instead of a log entry', async () => {
  const name = image('keyless/stamped');
  const env = { SIGSTORE_ID_TOKEN: services.issuer.token(BY_EMAIL) };
  const flags = ['--fulcio-url', services.url, '--timestamp-server-url', services.url];
  const done = await runCli(['sign', name, ...flags, '--tlog-upload=false'], { env });
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /\n {2}timestamped by http:\/\/127\.0\.0\.1:\d+\n/);
  assert.doesNotMatch(done.stdout, /logged/);
  const verified = await runCli(['verify', name, ...identityFlags(), '--insecure-ignore-tlog']);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  assert.match(verified.stdout, /stamped +\S+ by https:\/\/timestamp\.test/);
});

/** Where the token is, as flags, standard input and environment. */
const PLACES: readonly (readonly [string, () => Promise<Parameters<typeof runCli>>])[] = [
  ['its value', () => Promise.resolve([['--identity-token', services.issuer.token(BY_EMAIL)], {}])],
  [
    'a file',
    async () => [
      ['--identity-token', await files.write('token', `${services.issuer.token(BY_EMAIL)}\n`)],
      {},
    ],
  ],
  [
    'standard input',
    () => Promise.resolve([['--identity-token', '-'], { stdin: services.issuer.token(BY_EMAIL) }]),
  ],
];

for (const [place, given] of PLACES) {
  test(`sign takes the identity token from ${place}`, async () => {
    const [flags, options] = await given();
    const argv = ['sign', image('keyless/token'), ...serviceFlags(), ...flags];
    const { code, stdout, stderr } = await runCli(argv, options);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /signed by dev@acme\.example\n/);
  });
}

describe('a signing config', () => {
  const config = (name: string, rekorVersion: 1 | 2): Promise<string> =>
    files.write(name, signingConfig(services.url, rekorVersion));

  for (const version of [1, 2] as const) {
    test(`keyless, with a log of version ${version} and a timestamp`, async () => {
      const name = image(`config/keyless-${version}`);
      const env = { SIGSTORE_ID_TOKEN: services.issuer.token(BY_EMAIL) };
      const path = await config(`config-${version}.json`, version);
      const done = await runCli(['sign', name, '--signing-config', path], { env });
      assert.equal(done.code, 0, done.stderr);
      assert.match(done.stdout, /logged in [^]*timestamped by /);
      const verified = await runCli(['verify', name, ...identityFlags()]);
      assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    });
  }

  test('with a key: its log of version 2 and its timestamp', async () => {
    const name = image('config/key');
    const key = generateSignerKey();
    const argv = ['--key', await writeKey('v2', key), '--signing-config'];
    const done = await runCli(['sign', name, ...argv, await config('config-key.json', 2)]);
    assert.equal(done.code, 0, done.stderr);
    assert.ok(!services.requests.slice(-2).some(({ service }) => service === 'fulcio'));
    assert.equal((await verifyKey(name, key.publicKeyPem)).code, 0);
  });

  test('refuses a key whose signatures a log of version 2 does not take', async () => {
    const key = generateSignerKey('ecdsa-p384');
    const argv = ['--key', await writeKey('p384', key), '--signing-config'];
    const path = await config('config-p384.json', 2);
    const { code, stderr } = await runCli(['sign', 'a.example/b:1', ...argv, path]);
    assert.equal(code, 2);
    assert.match(stderr, /speaks API version 2, which takes .* ECDSA P-256 and RSA keys/);
  });
});

async function writeKey(
  name: string,
  { privateKey }: ReturnType<typeof generateSignerKey>,
): Promise<string> {
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return await files.write(`${name}.key`, pem);
}

async function verifyKey(name: string, publicKeyPem: string): Promise<CliResult> {
  const path = await files.write('verify.pub', publicKeyPem);
  return await runCli(['verify', name, '--key', path, '--trusted-root', files.path('root.json')]);
}

for (const type of ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'ed25519'] as const) {
  test(`sign with a key of type ${type} and --rekor-url: verify demands the log entry, and finds it`, async () => {
    const name = image(`logged/${type}`);
    const key = generateSignerKey(type);
    const argv = ['sign', name, '--key', await writeKey(type, key)];
    const unlogged = await runCli(argv);
    assert.equal(unlogged.code, 0, unlogged.stderr);
    assert.equal((await verifyKey(name, key.publicKeyPem)).code, 1);
    const logged = await runCli([...argv, '--rekor-url', services.url]);
    assert.equal(logged.code, 0, logged.stderr);
    assert.match(logged.stdout, /logged in http:\/\/127\.0\.0\.1:\d+, entry \d+\n/);
    const verified = await verifyKey(name, key.publicKeyPem);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  });
}

test('what a key signed with --rekor-url satisfies a Kyverno policy that says nothing of logs but their key', async () => {
  const name = image('logged/policy');
  const key = generateSignerKey();
  const policy = keyPolicy(registry.host, key.publicKeyPem).replace(
    'ignoreTlog: true',
    `pubkey: ${JSON.stringify(sigstore.rekor.key.publicKeyPem)}`,
  );
  const argv = ['verify', name, '--policy', await files.write('policy.yaml', policy)];
  const sign = ['sign', name, '--key', await writeKey('policy', key)];
  assert.equal((await runCli(sign)).code, 0);
  const unlogged = await runCli(argv);
  assert.equal(unlogged.code, 1, unlogged.stdout + unlogged.stderr);
  assert.equal((await runCli([...sign, '--rekor-url', services.url])).code, 0);
  const logged = await runCli(argv);
  assert.equal(logged.code, 0, logged.stdout + logged.stderr);
});

/** What a service does, the code of the failure, and what is said. */
const FAILURES: readonly (readonly [string, () => void, RegExp])[] = [
  [
    'Fulcio refuses',
    () => services.replace('fulcio', () => refusal(403, 'issuer is not allowed')),
    /^error: Cannot get a certificate from http:\S+: \(403\) issuer is not allowed\n$/,
  ],
  [
    'Fulcio answers with a certificate for another key',
    () =>
      services.replace(
        'fulcio',
        fulcioDoor(sigstore.fulcio, services.issuer, { liesAboutKey: true }),
      ),
    /Cannot get a certificate from \S+: the one it sent is for another key\n$/,
  ],
  [
    'Fulcio answers with no certificate',
    () =>
      services.replace('fulcio', () =>
        jsonAnswer(200, { signedCertificateEmbeddedSct: { chain: { certificates: [] } } }),
      ),
    /Cannot get a certificate from \S+: what it sent is none: found no certificate\n$/,
  ],
  [
    'Fulcio answers with a page',
    () => services.replace('fulcio', () => ({ status: 200, type: 'text/html', body: '<html>' })),
    /Cannot get a certificate from \S+: .*is not valid JSON/,
  ],
  [
    'Fulcio answers without end',
    () => services.replace('fulcio', () => jsonAnswer(200, 'x'.repeat(2 * 1024 * 1024))),
    /Cannot get a certificate from \S+: .*its answer has more than 1048576 bytes\n$/,
  ],
  [
    'Rekor is down',
    () => services.replace('rekor', () => refusal(503, 'try again later')),
    /^error: Cannot write to the transparency log http:\S+: \(503\) try again later\n$/,
  ],
  [
    'Rekor logs another signature',
    () => services.replace('rekor', rekorV1Door(sigstore.rekor, { liesAboutSignature: true })),
    /^error: Cannot use what the transparency log answered: log entry is about another signature\n$/,
  ],
  [
    'Rekor answers with nothing of use',
    () => services.replace('rekor', () => jsonAnswer(201, { id: { body: 'e30=' } })),
    /^error: Cannot write to the transparency log http:\S+: its answer cannot be read: /,
  ],
  [
    'the timestamp authority stamps something else',
    () => services.replace('tsa', tsaDoor(sigstore.tsa, { liesAboutHash: true })),
    /^error: Cannot use what the timestamp authority answered: it is of something else/,
  ],
  [
    'the timestamp authority refuses',
    () => services.replace('tsa', () => refusal(400, 'no policy\nfor you')),
    /^error: Cannot get a timestamp from http:\S+: \(400\) no policy\u{FFFD}for you\n$/u,
  ],
];

for (const [criterion, arrange, message] of FAILURES) {
  test(`sign stores nothing when ${criterion}`, async () => {
    const name = image('keyless/failed');
    arrange();
    const { code, stdout, stderr } = await signKeyless(
      name,
      '--timestamp-server-url',
      services.url,
    );
    assert.equal(code, 3, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, message);
    assertUntouched(name);
  });
}

/** What a log leaves out of its answer, and what is said. */
const HALF_ENTRIES: readonly (readonly ['promise' | 'proof', RegExp])[] = [
  [
    'promise',
    /log entry has no inclusion proof with a checkpoint, which this version of bundle must have\n$/,
  ],
  ['proof', /it has no signed entry timestamp, and no timestamp authority was asked\n$/],
];

for (const [form, message] of HALF_ENTRIES) {
  test(`sign stores nothing when Rekor answers with a ${form} only`, async () => {
    const name = image('keyless/failed');
    services.replace('rekor', rekorV1Door(sigstore.rekor, { form }));
    const { code, stderr } = await signKeyless(name);
    assert.equal(code, 3, stderr);
    assert.match(stderr, message);
    assertUntouched(name);
  });
}

test('the identity token does not follow a redirect to another place', async () => {
  const name = image('keyless/failed');
  const elsewhere = await startSigningServer(sigstore);
  try {
    const location = `${elsewhere.url}${SERVICE_PATH.fulcio}`;
    services.replace('fulcio', () => ({ ...refusal(307, 'moved'), location }));
    const { code, stderr } = await signKeyless(name);
    assert.equal(code, 3, stderr);
    assert.ok(stderr.includes(`it redirects to ${elsewhere.url}, and redirects are not followed`));
    assert.deepEqual(elsewhere.requests, []);
    assertUntouched(name);
  } finally {
    await elsewhere.close();
  }
});

test('sign tells which service cannot be reached', async () => {
  const name = image('keyless/failed');
  const { code, stderr } = await signKeyless(name, '--rekor-url', 'http://127.0.0.1:1');
  assert.equal(code, 3, stderr);
  assert.match(
    stderr,
    /Cannot write to the transparency log http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
  );
  assertUntouched(name);
});

test('sign asks nobody for anything when the image is not there', async () => {
  const before = services.requests.length;
  const { code } = await signKeyless(`${registry.host}/keyless/none:1`);
  assert.equal(code, 3);
  assert.equal(services.requests.length, before);
});
