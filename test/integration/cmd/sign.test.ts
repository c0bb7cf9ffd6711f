import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { putImage, putIndex } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { runCli } from './run-cli.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

const key = generateSignerKey();
let registry: TestRegistry;
let files: Workspace;

before(async () => {
  registry = await startRegistry();
  files = await makeWorkspace();
  const pem = (options: object): string =>
    key.privateKey.export({ format: 'pem', type: 'pkcs8', ...options }).toString();
  await files.write('key.pem', pem({}));
  await files.write('sec1.pem', pem({ type: 'sec1' }));
  await files.write('locked.pem', pem({ cipher: 'aes-256-cbc', passphrase: 'secret' }));
  await files.write('key.pub', key.publicKeyPem);
  await files.write('predicate.json', '{"scanner":"test"}');
});

after(async () => {
  await registry.close();
  await files.remove();
});

function image(repository: string): string {
  const { digest } = putImage(registry, repository, { tag: '1.0' });
  return `${registry.host}/${repository}@${digest}`;
}

const verifyArgv = (name: string): readonly string[] => [
  'verify',
  name,
  '--key',
  files.path('key.pub'),
  '--insecure-ignore-tlog',
];

/** Key file, and the password that opens it. */
const KEYS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['key.pem', {}],
  ['sec1.pem', {}],
  ['locked.pem', { COSIGN_PASSWORD: 'secret' }],
];

for (const [file, env] of KEYS) {
  test(`sign with ${file}: verify finds it, with what it says`, async () => {
    const name = image(`signed/${file.replace('.', '-')}`);
    const argv = ['sign', name, '--key', files.path(file), '-a', 'env=prod'];
    const signed = await runCli(argv, { env });
    assert.equal(signed.code, 0, signed.stderr);
    assert.match(
      signed.stdout,
      /signed by public key sha256:[0-9a-f]{64}\n {2}stored as .*@sha256:/,
    );
    const verified = await runCli([...verifyArgv(name), '-a', 'env=prod']);
    assert.equal(verified.code, 0, verified.stdout);
    assert.equal((await runCli([...verifyArgv(name), '-a', 'env=dev'])).code, 1);
  });
}

test('sign warns that a tag may point elsewhere, and signs its digest', async () => {
  const name = image('signed/tagged');
  const tagged = name.replace(/@.*/, ':1.0');
  const { code, stderr } = await runCli(['sign', tagged, '--key', files.path('key.pem')]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Warning: ".*signed\/tagged:1\.0" is a tag: /);
  assert.equal((await runCli(verifyArgv(name))).code, 0);
});

test('MNH-15 attest makes an attestation of its type, and no signature', async () => {
  const name = image('signed/attested');
  const what = ['--type', 'vuln', '--predicate', files.path('predicate.json')];
  const done = await runCli(['attest', name, '--key', files.path('key.pem'), ...what]);
  assert.equal(done.code, 0, done.stderr);
  const attested = await runCli([...verifyArgv(name), '--type', 'vuln']);
  assert.equal(attested.code, 0, attested.stdout);
  assert.match(
    attested.stdout,
    /attested https:\/\/cosign\.sigstore\.dev\/attestation\/vuln\/v1 by/,
  );
  assert.equal((await runCli([...verifyArgv(name), '--type', 'spdxjson'])).code, 1);
  assert.equal((await runCli(verifyArgv(name))).code, 1);
});

test('a second signature in a registry without referrers API keeps the first', async () => {
  registry.behaviour.referrersApi = false;
  try {
    const name = image('signed/twice');
    const other = generateSignerKey();
    const pem = other.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    await files.write('other.pem', pem);
    for (const file of ['key.pem', 'other.pem'])
      assert.equal((await runCli(['sign', name, '--key', files.path(file)])).code, 0);
    const listed = await runCli(['verify', name]);
    assert.match(listed.stdout, /: 2 signatures, no attestations\n/);
    assert.match(listed.stdout, /as a referrer in the fallback tag/);
    assert.equal((await runCli(verifyArgv(name))).code, 0);
  } finally {
    registry.behaviour.referrersApi = true;
  }
});

/** What is given, the exit code, and what is said. */
const REFUSED: readonly (readonly [string, () => readonly string[], number, RegExp])[] = [
  [
    'neither key nor identity token',
    () => ['sign', 'a.example/b:1'],
    2,
    /without --key needs an identity token: give --identity-token TOKEN\|FILE\|-, set SIGSTORE_ID_TOKEN, or run in a job of GitHub Actions or Buildkite/,
  ],
  [
    'a public key',
    () => ['sign', 'a.example/b:1', '--key', files.path('key.pub')],
    2,
    /Cannot use private key ".*key\.pub": found PUBLIC KEY, expected a PEM block "PRIVATE KEY"/,
  ],
  [
    'an encrypted key without a password',
    () => ['sign', 'a.example/b:1', '--key', files.path('locked.pem')],
    2,
    /locked\.pem": it is encrypted, and COSIGN_PASSWORD is not set/,
  ],
  [
    'a key that is too weak to be verified with',
    () => ['sign', 'a.example/b:1', '--key', files.path('weak.pem')],
    2,
    /weak\.pem": Cannot use public key: found RSA 1024 bit/,
  ],
  [
    'a predicate that is no JSON',
    () => [
      'attest',
      'a.example/b:1',
      '--key',
      files.path('key.pem'),
      '--predicate',
      files.path('key.pub'),
    ],
    2,
    /Cannot attest ".*key\.pub": a predicate must be JSON/,
  ],
  [
    'no predicate',
    () => ['attest', 'a.example/b:1', '--key', files.path('key.pem')],
    2,
    /must specify what is said: --predicate FILE/,
  ],
  [
    'a file that is no key',
    () => ['sign', 'a.example/b:1', '--key', files.path('predicate.json')],
    2,
    /predicate\.json": found no PEM block, expected a PEM block "PRIVATE KEY"/,
  ],
  [
    'a registry that is down',
    () => ['sign', '127.0.0.1:1/b:1', '--key', files.path('key.pem')],
    3,
    /Cannot resolve tag "1" of "127\.0\.0\.1:1\/b"/,
  ],
];

for (const [criterion, argv, code, pattern] of REFUSED) {
  test(`signing exits ${code} for ${criterion}`, async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    await files.write('weak.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    const result = await runCli(argv());
    assert.equal(result.code, code, result.stderr);
    assert.equal(result.stdout, '');
    assert.match(result.stderr, pattern);
  });
}

test('a wrong password is told, and nothing of the key', async () => {
  const argv = ['sign', 'a.example/b:1', '--key', files.path('locked.pem')];
  const { code, stderr } = await runCli(argv, { env: { COSIGN_PASSWORD: 'wrong' } });
  assert.equal(code, 2);
  assert.match(stderr, /locked\.pem": it is damaged, or COSIGN_PASSWORD is not its password\n$/);
});

test('sign takes an RSA key in its oldest form, encrypted in its oldest way', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const options = { format: 'pem', type: 'pkcs1', cipher: 'aes-128-cbc', passphrase: 'p' } as const;
  const file = await files.write('rsa.pem', privateKey.export(options).toString());
  const spki = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const verifier = await files.write('rsa.pub', spki);
  const name = image('signed/rsa');
  const locked = await runCli(['sign', name, '--key', file]);
  assert.equal(locked.code, 2);
  assert.match(locked.stderr, /rsa\.pem": it is encrypted, and COSIGN_PASSWORD is not set/);
  const env = { COSIGN_PASSWORD: 'p' };
  const signed = await runCli(['sign', name, '--key', file], { env });
  assert.equal(signed.code, 0, signed.stderr);
  const argv = ['verify', name, '--key', verifier, '--insecure-ignore-tlog'];
  assert.equal((await runCli(argv)).code, 0);
});

test('sign signs an index as what it is', async () => {
  const { digest } = putIndex(registry, 'signed/index', { tag: '1.0' });
  const name = `${registry.host}/signed/index@${digest}`;
  const signed = await runCli(['sign', name, '--key', files.path('key.pem')]);
  assert.equal(signed.code, 0, signed.stderr);
  assert.equal((await runCli(verifyArgv(name))).code, 0);
});
