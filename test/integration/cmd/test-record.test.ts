import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { startVault } from '#test/support/kms/start-vault.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { putImage } from '#test/support/registry/image.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage, subjectOf } from '#test/support/signer/signed-image.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT } from '#test/support/sigstore/fulcio.ts';
import { storeBundle } from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { keyPolicy, podYaml } from './sample-policies.ts';
import { type TestWorld, makeTestWorld, result, suiteYaml } from './test-world.ts';

const BOTH = result('good', 'pass') + result('bad', 'fail');

let world: TestWorld;

before(async () => {
  world = await makeTestWorld();
});

after(() => world.close());

function run(folder: string, ...more: readonly string[]): Promise<CliResult> {
  return runCli(['test', folder, ...more], { env: world.env });
}

/** Whatever happens in `work`, the registry answers nothing; says how often it was asked. */
async function offline(work: () => Promise<void>): Promise<number> {
  world.registry.reset();
  world.registry.addFault({ kind: 'reset' });
  try {
    await work();
    return world.registry.requests.length;
  } finally {
    world.registry.reset();
  }
}

/** What is printed of a replay, without saying that it is one. */
function withoutTime(stdout: string): string {
  return stdout.replaceAll(/, as recorded at .*$/gm, '');
}

/** The lines of a recording. */
async function linesOf(path: string): Promise<readonly string[]> {
  return gunzipSync(await readFile(path))
    .toString('utf8')
    .split('\n');
}

test('test --record, then a run beside the recording says the same and asks nobody', async () => {
  const folder = await world.suite('beside', BOTH);
  const path = `${folder}/kyverno-test.recording.gz`;
  const recorded = await run(folder, '--record', path, '--detailed-results');
  assert.equal(recorded.code, 0, recorded.stdout + recorded.stderr);
  assert.match(recorded.stderr, /^Recorded \d+ answers in ".*\.recording\.gz", \d+ bytes$/m);
  const asked = await offline(async () => {
    const replayed = await run(folder, '--detailed-results');
    assert.match(replayed.stdout, /^beside \(.*\), as recorded at \d{4}-.*Z\n/);
    const stdout = withoutTime(replayed.stdout);
    assert.deepEqual({ ...replayed, stdout }, { ...recorded, stderr: '' });
  });
  assert.equal(asked, 0);
});

test('test --replay FILE answers all suites from one recording', async () => {
  await world.suite('one/a', BOTH);
  await world.suite('one/b', result('good', 'pass'));
  const file = world.files.path('one.gz');
  assert.equal((await run(world.files.path('one'), '--record', file)).code, 0);
  const asked = await offline(async () => {
    const { code, stdout } = await run(world.files.path('one'), '--replay', file);
    assert.equal(code, 0);
    assert.match(stdout, /^Test Summary: 3 tests passed and 0 tests failed$/m);
  });
  assert.equal(asked, 0);
});

test('test --live asks the registry although a recording lies beside the suite', async () => {
  const folder = await world.suite('live', BOTH);
  const path = `${folder}/kyverno-test.recording.gz`;
  assert.equal((await run(folder, '--record', path)).code, 0);
  await offline(async () => assert.equal((await run(folder, '--live')).code, 3));
});

test('MNH-29 test --record keeps neither credentials nor tokens', async () => {
  const folder = await world.suite('secrets', BOTH);
  const file = world.files.path('secrets.gz');
  assert.equal((await run(folder, '--record', file)).code, 0);
  const text = (await linesOf(file)).join('\n');
  const contents = [...text.matchAll(/"base64":"([^"]*)"/g)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64').toString('latin1'),
  );
  for (const secret of world.secrets)
    for (const part of [text, ...contents])
      assert.ok(!part.includes(secret), `found ${secret} in the recording`);
});

test('test from a recording that misses an answer names it and exits 3, even where an error is expected', async () => {
  const folder = await world.suite('missing', BOTH);
  const file = world.files.path('missing.gz');
  assert.equal((await run(folder, '--record', file)).code, 0);
  await world.files.write(
    'missing/pods.yaml',
    podYaml('good', world.signed.reference) + podYaml('bad', `${world.registry.host}/acme/new:2`),
  );
  for (const expected of ['pass', 'error']) {
    await world.files.write(
      'missing/kyverno-test.yaml',
      suiteYaml('missing', result('good', 'pass') + result('bad', expected)),
    );
    const { code, stdout, stderr } = await run(folder, '--replay', file);
    assert.equal(code, 3, stdout);
    assert.match(stderr, /^error: not recorded, run with --record:\n {2}tag .*\/acme\/new:2$/m);
    assert.match(
      stdout,
      /^Test Summary: 1 tests passed and 0 tests failed, 1 could not be decided$/m,
    );
  }
});

test('test --record writes nothing while a registry is in trouble, and exits 3', async () => {
  const folder = await world.suite('trouble', BOTH);
  const file = world.files.path('trouble.gz');
  await offline(async () => {
    const { code, stderr } = await run(folder, '--record', file);
    assert.equal(code, 3);
    assert.match(stderr, /^error: nothing was recorded, because .*:\n {2}tag /m);
  });
  await assert.rejects(stat(file), { code: 'ENOENT' });
});

test('test --record keeps that an image is not there', async () => {
  const folder = await world.suite('absent', result('bad', 'fail'));
  await world.files.write('absent/pods.yaml', podYaml('bad', `${world.registry.host}/acme/none:1`));
  const file = world.files.path('absent.gz');
  assert.equal((await run(folder, '--record', file)).code, 0);
  const { code, stdout } = await run(folder, '--replay', file, '--detailed-results');
  assert.equal(code, 0);
  assert.match(stdout, /image .*acme\/none:1 does not exist in its registry/);
});

/** What is done to the text of a recording, and what is then said of it. */
const TAMPERED: readonly (readonly [string, (text: string) => string, RegExp])[] = [
  [
    'a manifest that was changed',
    (text) => text.replace(/("content":"sha256:[0-9a-f]+","base64":")[^"]{8}/, '$1AAAAAAAA'),
    /content "sha256:[0-9a-f]{64}" was changed/,
  ],
  [
    'a manifest under another digest',
    (text) => text.replace(/"content":"sha256:[0-9a-f]{4}/, '"content":"sha256:0000'),
    /content "sha256:0000[0-9a-f]{60}" was changed/,
  ],
  [
    'a time that was changed',
    (text) => text.replace(/"recordedAt":"\d{4}/, '"recordedAt":"2020'),
    /changed after it was made/,
  ],
  ['an end that is missing', (text) => text.slice(0, -20), /last line is missing/],
];

for (const [what, change, message] of TAMPERED) {
  test(`test --replay refuses a recording with ${what}, and judges nothing`, async () => {
    const folder = await world.suite('tampered', BOTH);
    const file = world.files.path('tampered.gz');
    await run(folder, '--record', file);
    await writeFile(file, gzipSync(change((await linesOf(file)).join('\n'))));
    const { code, stdout, stderr } = await run(folder, '--replay', file);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^error: Cannot use recording ".*tampered\.gz": Cannot read recording: /);
    assert.match(stderr, message);
  });
}

test('test --replay of a file that is not there is a usage error', async () => {
  const { code, stderr } = await run(await world.suite('none', BOTH), '--replay', 'nowhere.gz');
  assert.equal(code, 2);
  assert.match(stderr, /Cannot use recording "nowhere\.gz": ENOENT/);
});

test('test --record: a keyless signature is replayed with the recorded trust root, at the recorded time', async () => {
  const sigstore = createVirtualSigstore();
  const registry = await startRegistry();
  const descriptor = putImage(registry, 'acme/app', { tag: '1.0' });
  const bundle = statementBundle(descriptor.digest, {
    signer: sigstore.keyless(),
    at: sigstore.time,
    logs: [sigstore.rekor.entry()],
  });
  storeBundle(registry, subjectOf(registry, 'acme/app', descriptor), { bundle });
  const { files } = world;
  await files.write('keyless/policy.yaml', keylessPolicy());
  await files.write('keyless/pods.yaml', podYaml('good', `${registry.host}/acme/app:1.0`));
  await files.write('keyless/kyverno-test.yaml', suiteYaml('keyless', result('good', 'pass')));
  const root = await files.write('keyless/root.json', JSON.stringify(sigstore.trustedRoot()));
  const file = files.path('keyless/kyverno-test.recording.gz');
  const folder = files.path('keyless');
  const recorded = await run(folder, '--record', file, '--trusted-root', root);
  assert.equal(recorded.code, 0, recorded.stdout + recorded.stderr);
  await registry.close();
  await rm(root);
  const replayed = await run(folder);
  assert.deepEqual([replayed.code, withoutTime(replayed.stdout)], [0, recorded.stdout]);
  const both = await run(folder, '--trusted-root', root);
  assert.equal(both.code, 2);
  assert.match(both.stderr, /"--trusted-root" cannot be used with the recording/);
});

test('MNH-29 test --record: a key of a key service is replayed without it, and without its token', async () => {
  const key = generateSignerKey();
  const registry = await startRegistry();
  const { reference } = putSignedImage(registry, 'acme/app:1.0', { key });
  const data = { latest_version: 1, keys: { 1: { public_key: key.publicKeyPem } } };
  const vault = await startVault(JSON.stringify({ data }));
  const { files } = world;
  const policy = keyPolicy(registry.host, 'PEM').replace(
    /publicKeys: \|-\n.*\n/,
    'kms: hashivault://release\n',
  );
  await files.write('kms/policy.yaml', policy);
  await files.write('kms/pods.yaml', podYaml('good', reference));
  await files.write('kms/kyverno-test.yaml', suiteYaml('kms', result('good', 'pass')));
  const file = files.path('kms.gz');
  const argv = ['test', files.path('kms')];
  const env = { VAULT_ADDR: vault.address, VAULT_TOKEN: 'hvs.never-in-any-file' };
  const recorded = await runCli([...argv, '--record', file], { env });
  await vault.close();
  await registry.close();
  assert.equal(recorded.code, 0, recorded.stdout + recorded.stderr);
  assert.doesNotMatch((await linesOf(file)).join('\n'), /hvs\.|PRIVATE/);
  const replayed = await runCli([...argv, '--replay', file]);
  assert.deepEqual([replayed.code, withoutTime(replayed.stdout)], [0, recorded.stdout]);
});

test('test --replay without the trust root that a policy needs exits 3 and names it', async () => {
  const folder = await world.suite('rootless', BOTH);
  const file = world.files.path('rootless.gz');
  assert.equal((await run(folder, '--record', file)).code, 0);
  await world.files.write('rootless/policy.yaml', keylessPolicy());
  const { code, stderr } = await run(folder, '--replay', file);
  assert.equal(code, 3);
  assert.match(stderr, /"trust root" from the recording: not recorded, run with --record/);
});

function keylessPolicy(): string {
  return `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: signed-images }
spec:
  validationFailureAction: Enforce
  rules:
    - name: verify
      match: { any: [{ resources: { kinds: [Pod] } }] }
      verifyImages:
        - imageReferences: ["*"]
          attestors:
            - entries:
                - keyless:
                    subject: ${DEFAULT_SUBJECT}
                    issuer: ${DEFAULT_ISSUER}
                    rekor: { url: https://rekor.sigstore.dev }
`;
}

test('dry-run --replay judges from the recording of a test, and asks nobody', async () => {
  const folder = await world.suite('dry', BOTH);
  const file = world.files.path('dry.gz');
  assert.equal((await run(folder, '--record', file)).code, 0);
  const argv = ['dry-run', '-f', `${folder}/pods.yaml`, '-p', `${folder}/policy.yaml`];
  const asked = await offline(async () => {
    const { code, stdout } = await runCli([...argv, '--replay', file]);
    assert.equal(code, 1);
    assert.match(stdout, /; 3 images, 1 pin, 1 allow, 1 deny$/m);
  });
  assert.equal(asked, 0);
  const other = await world.files.write('other.yaml', podYaml('x', `${world.registry.host}/x:1`));
  const unknown = await runCli([...argv.slice(0, 2), other, ...argv.slice(3), '--replay', file]);
  assert.equal(unknown.code, 3);
  assert.match(unknown.stdout, /not recorded, run with --record\n.*\n? *to do: record again/);
});
