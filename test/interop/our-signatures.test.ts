import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCommand } from '#test/cluster/run-command.ts';
import { type CliResult, runCli } from '#test/integration/cmd/run-cli.ts';
import { ensureTools } from '#test/tools/build-tools.ts';
import { type Cosign, type CosignKey, KEY_KINDS, openCosign } from './cosign.ts';
import { type RealRegistry, startRealRegistry } from './real-registry.ts';
import { pullManifest } from './registry-http.ts';
import { pushSample } from './sample-image.ts';

/** What `openCosign` encrypts its keys with. */
const env = { COSIGN_PASSWORD: 'test' };

let directory: string;
let cosign: Cosign;
let binary: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-ours-'));
  binary = (await ensureTools(['cosign'])).cosign;
});

after(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** What the real cosign says; it asks no log, since we write to none. */
async function cosignSays(
  command: 'verify' | 'verify-attestation',
  key: CosignKey,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly text: string }> {
  const publicKey = key.file.replace(/\.key$/, '.pub');
  const argv = [command, '--key', publicKey, '--insecure-ignore-tlog=true', ...args];
  const result = await runCommand(binary, argv, { env: { HOME: directory }, cwd: directory });
  return { code: result.code, text: result.stdout + result.stderr };
}

function assertDone(result: CliResult): void {
  assert.equal(result.code, 0, result.stderr);
}

for (const referrers of [true, false]) {
  describe(`a registry ${referrers ? 'with' : 'without'} referrers API`, () => {
    let registry: RealRegistry;

    before(async () => {
      registry = await startRealRegistry({ directory, referrers });
      cosign = await openCosign(join(directory, `cosign-${referrers}`));
    });

    after(async () => {
      await registry.stop();
    });

    const push = async (name: string): Promise<string> =>
      pushSample({ host: registry.host, path: `ours/${name}` });

    for (const kind of KEY_KINDS) {
      test(`sign with ${kind}: cosign verifies it, and so do we`, async () => {
        const key = await cosign.createKey(`sign-${kind}`, kind);
        const image = await push(kind);
        assertDone(await runCli(['sign', image, '--key', key.file, '-a', 'env=prod'], { env }));
        const verified = await cosignSays('verify', key, [image]);
        assert.equal(verified.code, 0, verified.text);
        const publicKey = key.file.replace(/\.key$/, '.pub');
        const argv = ['--key', publicKey, '--insecure-ignore-tlog', '-a', 'env=prod'];
        assertDone(await runCli(['verify', image, ...argv]));
      });
    }

    test('cosign refuses what another key signed', async () => {
      const [key, other] = [
        await cosign.createKey('one', 'ecdsa-p256'),
        await cosign.createKey('other', 'ecdsa-p256'),
      ];
      const image = await push('refused');
      assertDone(await runCli(['sign', image, '--key', key.file], { env }));
      const refused = await cosignSays('verify', other, [image]);
      assert.notEqual(refused.code, 0, refused.text);
    });

    for (const type of ['slsaprovenance1', 'custom', 'vuln', 'https://example.com/other/v1']) {
      test(`attest ${type}: cosign verifies the attestation and its type`, async () => {
        const name = type.replaceAll(/[^a-z0-9]/g, '');
        const key = await cosign.createKey(`attest-${name}`, 'ecdsa-p256');
        const image = await push(`attested-${name}`);
        const predicate = join(directory, 'predicate.json');
        await writeFile(predicate, '{"scanner":{"uri":"https://example.com/scanner"}}');
        const argv = ['--key', key.file, '--predicate', predicate, '--type', type];
        assertDone(await runCli(['attest', image, ...argv], { env }));
        const verified = await cosignSays('verify-attestation', key, ['--type', type, image]);
        assert.equal(verified.code, 0, verified.text);
        const other = await cosignSays('verify-attestation', key, ['--type', 'spdxjson', image]);
        assert.notEqual(other.code, 0, other.text);
      });
    }

    test('signing beside what cosign signed keeps both', async () => {
      const [ours, theirs] = [
        await cosign.createKey('ours', 'ecdsa-p256'),
        await cosign.createKey('theirs', 'ecdsa-p256'),
      ];
      const image = await push('both');
      await cosign.sign(image, { key: theirs, format: 'bundle' });
      assertDone(await runCli(['sign', image, '--key', ours.file], { env }));
      for (const key of [ours, theirs]) {
        const verified = await cosignSays('verify', key, [image]);
        assert.equal(verified.code, 0, verified.text);
      }
      const tag = (image.split('@')[1] ?? '').replace(':', '-');
      const index = await pullManifest({ host: registry.host, path: 'ours/both' }, tag);
      assert.equal(index === undefined, referrers, 'a fallback tag only where it is needed');
    });
  });
}
