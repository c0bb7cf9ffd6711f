import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runCommand } from '#test/cluster/run-command.ts';
import { type CliResult, runCli } from '#test/integration/cmd/run-cli.ts';
import { signingConfig } from '#test/support/sigstore/signing-config.ts';
import { type SigningServer, startSigningServer } from '#test/support/sigstore/signing-server.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { ensureTools } from '#test/tools/build-tools.ts';
import { type Cosign, KEY_KINDS, openCosign } from './cosign.ts';
import { type RealRegistry, startRealRegistry } from './real-registry.ts';
import { pushImage, sampleImage } from './sample-image.ts';

const IDENTITY = 'dev@acme.example';
/** Every type that cosign's and our short names have in common, and one of nobody's. */
const TYPES = ['slsaprovenance1', 'custom', 'vuln', 'https://example.com/other/v1'];

let directory: string;
let binary: string;
let trustedRoot: string;
let cosign: Cosign;
let registry: RealRegistry;
let services: SigningServer;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-keyless-'));
  binary = (await ensureTools(['cosign'])).cosign;
  cosign = await openCosign(join(directory, 'cosign'));
  registry = await startRealRegistry({ directory, referrers: true });
  const sigstore = createVirtualSigstore();
  services = await startSigningServer(sigstore);
  trustedRoot = join(directory, 'trusted_root.json');
  await writeFile(trustedRoot, JSON.stringify(sigstore.trustedRoot()));
});

after(async () => {
  await services.close();
  await registry.stop();
  await rm(directory, { recursive: true, force: true });
});

async function push(name: string): Promise<string> {
  const image = sampleImage(`keyless ${name}`);
  await pushImage({ host: registry.host, path: `keyless/${name}` }, image, 'v1');
  return `${registry.host}/keyless/${name}@${image.manifest.digest}`;
}

/** Signs or attests as somebody with a token, or with the key of the flags. */
async function signed(argv: readonly string[]): Promise<CliResult> {
  const token = services.issuer.token({ email: IDENTITY, email_verified: true });
  const keyless = argv.includes('--key') ? {} : { SIGSTORE_ID_TOKEN: token };
  const result = await runCli(argv, { env: { COSIGN_PASSWORD: 'test', ...keyless } });
  assert.equal(result.code, 0, result.stderr);
  return result;
}

/** What the real cosign says, which believes the virtual Sigstore alone. */
async function cosignSays(
  argv: readonly string[],
): Promise<{ readonly code: number | null; readonly text: string }> {
  const [command = '', ...rest] = argv;
  const result = await runCommand(binary, [command, '--trusted-root', trustedRoot, ...rest], {
    env: { HOME: directory },
    cwd: directory,
  });
  return { code: result.code, text: result.stdout + result.stderr };
}

const flags = (): readonly string[] => ['--fulcio-url', services.url, '--rekor-url', services.url];

const who = (identity = IDENTITY): readonly string[] => [
  '--certificate-identity',
  identity,
  '--certificate-oidc-issuer',
  services.issuer.url,
];

async function configFile(rekorVersion: 1 | 2): Promise<string> {
  const path = join(directory, `signing-config-${rekorVersion}.json`);
  await writeFile(path, signingConfig(services.url, rekorVersion));
  return path;
}

test('sign keyless: cosign verifies identity, certificate, log entry, and so do we', async () => {
  const image = await push('signed');
  await signed(['sign', image, ...flags()]);
  const verified = await cosignSays(['verify', ...who(), image]);
  assert.equal(verified.code, 0, verified.text);
  const refused = await cosignSays(['verify', ...who('else@acme.example'), image]);
  assert.notEqual(refused.code, 0, refused.text);
  const ours = await runCli(['verify', image, ...who(), '--trusted-root', trustedRoot]);
  assert.equal(ours.code, 0, ours.stdout);
});

for (const version of [1, 2] as const) {
  test(`sign keyless with Rekor v${version} and a timestamp: cosign verifies both`, async () => {
    const image = await push(`rekor-v${version}`);
    await signed(['sign', image, '--signing-config', await configFile(version)]);
    const verified = await cosignSays(['verify', ...who(), image]);
    assert.equal(verified.code, 0, verified.text);
  });
}

for (const type of TYPES) {
  test(`attest ${type} keyless: cosign verifies the attestation and its type`, async () => {
    const image = await push(`attested-${type.replaceAll(/[^a-z0-9]/g, '')}`);
    const predicate = join(directory, 'predicate.json');
    await writeFile(predicate, '{"scanner":{"uri":"https://example.com/scanner"}}');
    await signed(['attest', image, ...flags(), '--predicate', predicate, '--type', type]);
    const verified = await cosignSays(['verify-attestation', ...who(), '--type', type, image]);
    assert.equal(verified.code, 0, verified.text);
    const other = await cosignSays(['verify-attestation', ...who(), '--type', 'spdxjson', image]);
    assert.notEqual(other.code, 0, other.text);
  });
}

for (const kind of KEY_KINDS) {
  test(`sign with ${kind} and --rekor-url: cosign demands the log entry, and finds it`, async () => {
    const key = await cosign.createKey(`logged-${kind}`, kind);
    const publicKey = key.file.replace(/\.key$/, '.pub');
    const image = await push(`logged-${kind}`);
    await signed(['sign', image, '--key', key.file]);
    const unlogged = await cosignSays(['verify', '--key', publicKey, image]);
    assert.notEqual(unlogged.code, 0, unlogged.text);
    await signed(['sign', image, '--key', key.file, '--rekor-url', services.url]);
    const verified = await cosignSays(['verify', '--key', publicKey, image]);
    assert.equal(verified.code, 0, verified.text);
  });
}

test('sign with a key and Rekor v2: cosign demands the log entry, and finds it', async () => {
  const key = await cosign.createKey('tiled', 'ecdsa-p256');
  const image = await push('tiled');
  await signed(['sign', image, '--key', key.file, '--signing-config', await configFile(2)]);
  const publicKey = key.file.replace(/\.key$/, '.pub');
  const verified = await cosignSays(['verify', '--key', publicKey, image]);
  assert.equal(verified.code, 0, verified.text);
});
