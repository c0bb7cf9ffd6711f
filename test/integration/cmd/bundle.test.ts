import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Metafile } from 'esbuild';
import { bundle } from '#test/build/bundle.ts';
import { startVault } from '#test/support/kms/start-vault.ts';
import { putImage } from '#test/support/registry/image.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { startSigningServer } from '#test/support/sigstore/signing-server.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage } from '#test/support/signer/signed-image.ts';
import { podYaml } from './sample-policies.ts';
import { DIGEST_PATTERN_POLICY } from '#test/support/admission/policies.ts';

const EXECUTABLES = [
  'kubectl-sign_policy',
  'kubectl-sign-policy',
  'kubectl_complete-sign_policy',
  'sign-policy-webhook',
];

let root: string;
let metafile: Metafile;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sign-policy-bundle-'));
  metafile = await bundle(join(root, 'dist'));
  await writeFile(join(root, 'policy.yaml'), DIGEST_PATTERN_POLICY);
  await writeFile(join(root, 'pod.yaml'), podYaml('web', 'app:1'));
});

after(() => rm(root, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an executable by its name, found on the PATH, with a working directory that is not the project's. */
function exec(name: string, ...argv: readonly string[]): Promise<Run> {
  const path = [join(root, 'dist'), dirname(process.execPath), process.env['PATH']];
  const env = { ...process.env, PATH: path.join(delimiter), XDG_CACHE_HOME: join(root, 'cache') };
  return new Promise((resolve) => {
    execFile(name, [...argv], { cwd: root, env, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

for (const name of EXECUTABLES) {
  test(`bundle: ${name} is executable and starts from any folder`, async () => {
    await access(join(root, 'dist', name), constants.X_OK);
    const { code, stderr } = await exec(name, '--help');
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
  });
}

test('bundle: both spellings are the same program, with the version of package.json', async () => {
  const [one, two] = await Promise.all(
    EXECUTABLES.slice(0, 2).map((name) => exec(name, 'version', '-o', 'json')),
  );
  assert.deepEqual(one, two);
  assert.match(one?.stdout ?? '', /"version": "\d+\.\d+\.\d+"/);
});

test('bundle: kubectl is answered in its completion protocol', async () => {
  const { stdout } = await exec('kubectl_complete-sign_policy', 'dry');
  assert.match(stdout, /^dry-run\t.*\n:4\n$/);
});

test('bundle: dry-run judges, and exit codes pass through', async () => {
  const denied = await exec(
    'kubectl-sign_policy',
    'dry-run',
    '-f',
    'pod.yaml',
    '-p',
    'policy.yaml',
  );
  assert.equal(denied.code, 1, denied.stderr);
  assert.match(denied.stdout, /Image must be signed\./);
  assert.equal((await exec('kubectl-sign_policy', 'dry-run')).code, 2);
});

test('bundle: install has the manifests inside', async () => {
  const { code, stdout } = await exec(
    'kubectl-sign_policy',
    'install',
    '-f',
    'policy.yaml',
    '-o',
    'yaml',
  );
  assert.equal(code, 0);
  assert.match(stdout, /^kind: Deployment$/m);
});

/** Everything that is loaded before a command asks for more, by following static imports. */
function loadedBy(entry: string): { readonly inputs: readonly string[]; readonly bytes: number } {
  const outputs = new Map(Object.entries(metafile.outputs));
  const start = [...outputs].find(([, { entryPoint }]) => entryPoint === entry)?.[0];
  const seen = new Set<string>();
  const waiting = [start ?? ''];
  for (const file of waiting) {
    if (seen.has(file)) continue;
    seen.add(file);
    const imports = outputs.get(file)?.imports ?? [];
    waiting.push(
      ...imports
        .filter(({ kind, external }) => kind === 'import-statement' && external !== true)
        .map(({ path }) => path),
    );
  }
  const files = [...seen].map((file) => outputs.get(file));
  return {
    inputs: files.flatMap((file) => Object.keys(file?.inputs ?? {})),
    bytes: files.reduce((sum, file) => sum + (file?.bytes ?? 0), 0),
  };
}

for (const entry of ['cmd/main.ts', 'cmd/complete.ts']) {
  test(`bundle: ${entry} loads nothing heavy before a command asks for it`, () => {
    const { inputs, bytes } = loadedBy(entry);
    assert.ok(inputs.includes(entry));
    assert.deepEqual(
      inputs.filter((input) => input.includes('node_modules') || input.startsWith('shared/kube')),
      [],
    );
    assert.ok(bytes < 50_000, `${bytes} bytes`);
  });
}

test('bundle: judging files loads neither the Kubernetes nor the HTTP client', () => {
  const { inputs } = loadedBy('cmd/dry-run/dry-run.ts');
  assert.ok(inputs.includes('cmd/dry-run/dry-run.ts'));
  const heavy = /node_modules\/(?:undici|@kubernetes|express|pino|@peculiar)\//;
  assert.deepEqual(
    inputs.filter((input) => heavy.test(input)),
    [],
  );
});

test('bundle: what is loaded late is found: keys of a key management service', async () => {
  const key = generateSignerKey();
  const registry = await startRegistry();
  const image = putSignedImage(registry, 'acme/app:1.0', { key });
  const keys = { 1: { name: 'P-256', public_key: key.publicKeyPem } };
  const vault = await startVault(JSON.stringify({ data: { latest_version: 1, keys } }));
  const argv = ['verify', image.reference, '--insecure-ignore-tlog', '--key', 'hashivault://k'];
  process.env['VAULT_ADDR'] = vault.address;
  process.env['VAULT_TOKEN'] = 'token';
  try {
    const { code, stdout, stderr } = await exec('kubectl-sign-policy', ...argv);
    assert.equal(code, 0, stdout + stderr);
  } finally {
    delete process.env['VAULT_ADDR'];
    delete process.env['VAULT_TOKEN'];
    await Promise.all([vault.close(), registry.close()]);
  }
});

test('bundle: what is loaded late is found: the package that signs', async () => {
  const registry = await startRegistry();
  const sigstore = await startSigningServer(createVirtualSigstore());
  const { digest } = putImage(registry, 'acme/app', { tag: '1.0' });
  const token = sigstore.issuer.token({ sub: 'https://acme.example/ci' });
  const argv = [
    '--identity-token',
    token,
    '--fulcio-url',
    sigstore.url,
    '--rekor-url',
    sigstore.url,
  ];
  const image = `${registry.host}/acme/app@${digest}`;
  try {
    const { code, stdout, stderr } = await exec('kubectl-sign_policy', 'sign', image, ...argv);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /signed by https:\/\/acme\.example\/ci\n/);
  } finally {
    await Promise.all([sigstore.close(), registry.close()]);
  }
});
