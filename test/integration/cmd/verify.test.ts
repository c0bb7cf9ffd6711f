import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { putImage } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { signSimple } from '#test/support/signer/sign-simple.ts';
import { runCli } from './run-cli.ts';
import { keyPolicy } from './sample-policies.ts';
import { DIGEST_PATTERN_POLICY } from '#test/support/admission/policies.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

const key = generateSignerKey();
const stranger = generateSignerKey();
let registry: TestRegistry;
let files: Workspace;
let image: string;
let digest: string;

before(async () => {
  registry = await startRegistry();
  files = await makeWorkspace();
  const descriptor = putImage(registry, 'acme/app', { tag: '1.0' });
  const subject = { host: registry.host, repository: 'acme/app', ...descriptor };
  signSimple(registry, subject, key, { annotations: { env: 'prod' } });
  image = `${registry.host}/acme/app:1.0`;
  digest = descriptor.digest;
  await files.write('key.pub', key.publicKeyPem);
  await files.write('stranger.pub', stranger.publicKeyPem);
  await files.write('any.pub', stranger.publicKeyPem + key.publicKeyPem);
  await files.write('policy.yaml', keyPolicy(registry.host, key.publicKeyPem));
  await files.write('digest.yaml', DIGEST_PATTERN_POLICY);
  await files.write('elsewhere.yaml', keyPolicy('registry.example', key.publicKeyPem));
});

after(async () => {
  await registry.close();
  await files.remove();
});

/** A signature that is in no log: cosign's own flag waives that. */
const byKey = (name: string): readonly string[] => [
  '--key',
  files.path(name),
  '--insecure-ignore-tlog',
];

test('verify tells the digest, who signed and what the signature says', async () => {
  const { code, stdout } = await runCli(['verify', image, ...byKey('key.pub')]);
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^${image}: verified\n {3}digest {2}${digest}\n`));
  assert.match(stdout, /└─ signed by public key sha256:[0-9a-f]{64}\n/);
  assert.match(stdout, / says {4}env=prod\n {4}stored {2}cosign signature in the \.sig tag\n$/);
});

/** What is given beside the image, the exit code, and what is printed. */
const CASES: readonly (readonly [string, () => readonly string[], number, RegExp])[] = [
  ['by another key', () => byKey('stranger.pub'), 1, /: not verified\n/],
  ['by one of two keys', () => byKey('any.pub'), 0, /: verified\n/],
  ['with its annotation', () => [...byKey('key.pub'), '-a', 'env=prod'], 0, /verified/],
  ['with another annotation', () => [...byKey('key.pub'), '-a', 'env=dev'], 1, /not/],
  ['by a policy', () => ['--policy', files.path('policy.yaml')], 0, /: verified\n/],
];

for (const [criterion, argv, code, pattern] of CASES) {
  test(`verify answers ${code} for a signature ${criterion}`, async () => {
    const result = await runCli(['verify', image, ...argv()]);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stdout, pattern);
  });
}

test('MNH-21 verify does not call verified what no rule verifies', async () => {
  const elsewhere = await runCli(['verify', image, '-p', files.path('elsewhere.yaml')]);
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.stdout, /: not verified\n {2}no policy looks at this image\n$/);
  const pinned = `${registry.host}/acme/app@${digest}`;
  const pattern = await runCli(['verify', pinned, '-p', files.path('digest.yaml')]);
  assert.equal(pattern.code, 1);
  assert.match(pattern.stdout, /: not verified\n/);
});

test('verify says unknown, and exits 3, where the registry cannot be asked', async () => {
  const argv = ['verify', '127.0.0.1:1/app:1', ...byKey('key.pub')];
  const { code, stdout } = await runCli(argv);
  assert.equal(code, 3);
  assert.match(stdout, /: could not be verified\n {2}could not find out whether/);
});

test('verify -o json holds the outcome and the signatures', async () => {
  const argv = ['verify', image, '--key', '-', '--insecure-ignore-tlog', '-o', 'json'];
  const { code, stdout } = await runCli(argv, { stdin: key.publicKeyPem });
  assert.equal(code, 0);
  const result = JSON.parse(stdout) as Record<string, unknown> & { signatures: unknown[] };
  assert.deepEqual(
    [result['kind'], result['outcome'], result['digest'], result.signatures.length],
    ['VerificationResult', 'verified', digest, 1],
  );
});
