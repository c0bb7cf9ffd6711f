import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runCommand } from '#test/cluster/run-command.ts';
import { type CliResult, runCli } from '#test/integration/cmd/run-cli.ts';
import { ensureTools } from '#test/tools/build-tools.ts';
import { KEY_KINDS } from './cosign.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

/** Every type that cosign's and our short names have in common, and one of nobody's. */
const TYPES = ['slsaprovenance1', 'custom', 'vuln', 'https://example.com/other/v1'];

let bench: Workbench;
let binary: string;

before(async () => {
  bench = await openWorkbench();
  binary = (await ensureTools(['cosign'])).cosign;
});

after(async () => bench.close());

const push = async (name: string): Promise<string> => bench.push(`keyless/${name}`);

/** Signs or attests as somebody with a token, or with the key of the flags. */
async function signed(argv: readonly string[]): Promise<CliResult> {
  const keyless = argv.includes('--key') ? {} : bench.services.token();
  const result = await runCli(argv, { env: { COSIGN_PASSWORD: 'test', ...keyless } });
  assert.equal(result.code, 0, result.stderr);
  return result;
}

/** What the real cosign says, which believes the virtual Sigstore alone. */
async function cosignSays(
  argv: readonly string[],
): Promise<{ readonly code: number | null; readonly text: string }> {
  const { directory, services } = bench;
  const [command = '', ...rest] = argv;
  const trust = ['--trusted-root', services.trustedRoot];
  const result = await runCommand(binary, [command, ...trust, ...rest], {
    env: { HOME: directory },
    cwd: directory,
  });
  return { code: result.code, text: result.stdout + result.stderr };
}

const flags = (): readonly string[] => [
  '--fulcio-url',
  bench.services.url,
  '--rekor-url',
  bench.services.url,
];

test('sign keyless: cosign verifies identity, certificate, log entry, and so do we', async () => {
  const image = await push('signed');
  await signed(['sign', image, ...flags()]);
  const verified = await cosignSays(['verify', ...bench.services.who(), image]);
  assert.equal(verified.code, 0, verified.text);
  const refused = await cosignSays(['verify', ...bench.services.who('else@acme.example'), image]);
  assert.notEqual(refused.code, 0, refused.text);
  const ours = await runCli([
    'verify',
    image,
    ...bench.services.who(),
    '--trusted-root',
    bench.services.trustedRoot,
  ]);
  assert.equal(ours.code, 0, ours.stdout);
});

for (const version of [1, 2] as const) {
  test(`sign keyless with Rekor v${version} and a timestamp: cosign verifies both`, async () => {
    const image = await push(`rekor-v${version}`);
    await signed(['sign', image, '--signing-config', bench.services.configs[version]]);
    const verified = await cosignSays(['verify', ...bench.services.who(), image]);
    assert.equal(verified.code, 0, verified.text);
  });
}

for (const type of TYPES) {
  test(`attest ${type} keyless: cosign verifies the attestation and its type`, async () => {
    const image = await push(`attested-${type.replaceAll(/[^a-z0-9]/g, '')}`);
    const predicate = join(bench.directory, 'predicate.json');
    await writeFile(predicate, '{"scanner":{"uri":"https://example.com/scanner"}}');
    await signed(['attest', image, ...flags(), '--predicate', predicate, '--type', type]);
    const verified = await cosignSays([
      'verify-attestation',
      ...bench.services.who(),
      '--type',
      type,
      image,
    ]);
    assert.equal(verified.code, 0, verified.text);
    const other = await cosignSays([
      'verify-attestation',
      ...bench.services.who(),
      '--type',
      'spdxjson',
      image,
    ]);
    assert.notEqual(other.code, 0, other.text);
  });
}

for (const kind of KEY_KINDS) {
  test(`sign with ${kind} and --rekor-url: cosign demands the log entry, and finds it`, async () => {
    const key = await bench.cosign.createKey(`logged-${kind}`, kind);
    const publicKey = key.file.replace(/\.key$/, '.pub');
    const image = await push(`logged-${kind}`);
    await signed(['sign', image, '--key', key.file]);
    const unlogged = await cosignSays(['verify', '--key', publicKey, image]);
    assert.notEqual(unlogged.code, 0, unlogged.text);
    await signed(['sign', image, '--key', key.file, '--rekor-url', bench.services.url]);
    const verified = await cosignSays(['verify', '--key', publicKey, image]);
    assert.equal(verified.code, 0, verified.text);
  });
}

test('sign with a key and Rekor v2: cosign demands the log entry, and finds it', async () => {
  const key = await bench.cosign.createKey('tiled', 'ecdsa-p256');
  const image = await push('tiled');
  await signed(['sign', image, '--key', key.file, '--signing-config', bench.services.configs[2]]);
  const publicKey = key.file.replace(/\.key$/, '.pub');
  const verified = await cosignSays(['verify', '--key', publicKey, image]);
  assert.equal(verified.code, 0, verified.text);
});
