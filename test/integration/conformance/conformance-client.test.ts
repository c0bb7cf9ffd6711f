import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sha256Digest } from '#shared/base/digest.ts';
import { messageBundle, statementBundle } from '#test/support/sigstore/bundle.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT } from '#test/support/sigstore/fulcio.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';

const CLIENT = fileURLToPath(new URL('../../conformance/client.ts', import.meta.url));
const sigstore = createVirtualSigstore();
const { rekor, time: at } = sigstore;
const artifact = Buffer.from('the artifact\n');
const digest = sha256Digest(artifact);
const plain = keySigner();
let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conformance-'));
  const request = { at, logs: [rekor.entry()] };
  const keyless = { ...request, signer: sigstore.keyless() };
  const files: Readonly<Record<string, string | Buffer>> = {
    artifact: artifact,
    other: 'another artifact',
    'message.json': JSON.stringify(messageBundle(artifact, keyless)),
    'statement.json': JSON.stringify(
      statementBundle(digest, keyless, { predicateType: 'https://acme.example/any' }),
    ),
    'key.json': JSON.stringify(messageBundle(artifact, { ...request, signer: plain })),
    'key.pub': plain.key.publicKeyPem,
    'trusted_root.json': JSON.stringify(sigstore.trustedRoot()),
  };
  for (const [name, content] of Object.entries(files))
    await writeFile(join(directory, name), content);
});

after(async () => rm(directory, { recursive: true }));

async function run(...args: readonly string[]): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [CLIENT, 'verify-bundle', ...args],
      { cwd: directory },
      (_error, _stdout, stderr) => resolve({ code: child.exitCode ?? -1, stderr }),
    );
  });
}

const ROOT = ['--trusted-root', 'trusted_root.json'];
const IDENTITY = [
  '--certificate-identity',
  DEFAULT_SUBJECT,
  '--certificate-oidc-issuer',
  DEFAULT_ISSUER,
];

const RUNS: readonly [what: string, args: readonly string[], code: number, says: RegExp][] = [
  ['a file', ['--bundle', 'message.json', ...IDENTITY, ...ROOT, 'artifact'], 0, /^$/],
  ['a digest', ['--bundle', 'message.json', ...IDENTITY, ...ROOT, digest], 0, /^$/],
  ['a statement', ['--bundle', 'statement.json', ...IDENTITY, ...ROOT, 'artifact'], 0, /^$/],
  ['a key', ['--bundle', 'key.json', '--key', 'key.pub', ...ROOT, digest], 0, /^$/],
  [
    'another file',
    ['--bundle', 'message.json', ...IDENTITY, ...ROOT, 'other'],
    1,
    /signature is for/,
  ],
  [
    'the public root, which does not know the signer',
    ['--bundle', 'message.json', ...IDENTITY, 'artifact'],
    1,
    /CERTIFICATE_UNTRUSTED/,
  ],
  [
    'another identity',
    [
      '--bundle',
      'message.json',
      '--certificate-identity',
      'x',
      ...IDENTITY.slice(2),
      ...ROOT,
      digest,
    ],
    1,
    /IDENTITY_MISMATCH/,
  ],
  ['no identity', ['--bundle', 'message.json', ...ROOT, digest], 1, /pattern is empty/],
  ['no bundle', [...ROOT, 'artifact'], 1, /usage/],
  [
    'staging without its root',
    ['--staging', '--bundle', 'message.json', 'artifact'],
    1,
    /needs --trusted-root/,
  ],
];

for (const [what, args, code, says] of RUNS) {
  test(`conformance client: ${what} exits ${code}`, async () => {
    const result = await run(...args);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr.replaceAll(/^warning:.*\n/gm, ''), says);
  });
}
