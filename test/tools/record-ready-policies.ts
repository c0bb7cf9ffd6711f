// Makes the recordings beside the suites of `manifests/policies/`: `node test/tools/record-ready-policies.ts`.
// The images and who signed them are of the test doubles: a registry that stands in for all, and a Sigstore.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHIPPED_POLICIES } from '#cmd/policy/shipped-policies.ts';
import { runCli } from '#test/integration/cmd/run-cli.ts';
import { putImage } from '#test/support/registry/image.ts';
import { startProxy } from '#test/support/registry/proxy.ts';
import { startRegistry, type TestRegistry } from '#test/support/registry/test-registry.ts';
import { subjectOf } from '#test/support/signer/signed-image.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { storeBundle } from '#test/support/sigstore/store-signature.ts';
import {
  createVirtualSigstore,
  type VirtualSigstore,
} from '#test/support/sigstore/virtual-sigstore.ts';

const POLICIES = join(import.meta.dirname, '..', '..', 'manifests', 'policies');

/** Repositories of the suites, and whose workflow signed their images. */
const IMAGES: readonly (readonly [string, string, string | undefined])[] = [
  ['acme/shop', '1.0', 'acme/shop'],
  ['acme/fork', '1.0', 'somebody/fork'],
  ['acme/unsigned', '1.0', undefined],
  ['library/nginx', '1.27', undefined],
];

/** The suites say `ghcr.io` and `docker.io`; by plain HTTP the proxy can take their place. */
const HOSTS = ['ghcr.io', 'docker.io', 'index.docker.io', 'registry-1.docker.io'];

function fill(registry: TestRegistry, sigstore: VirtualSigstore): void {
  for (const [repository, tag, signer] of IMAGES) {
    const descriptor = putImage(registry, repository, { tag });
    if (signer === undefined) continue;
    const value = `https://github.com/${signer}/.github/workflows/docker-build.yml@refs/heads/main`;
    const bundle = statementBundle(descriptor.digest, {
      signer: sigstore.keyless({ names: [{ kind: 'uri', value }] }),
      at: sigstore.time,
      logs: [sigstore.rekor.entry()],
    });
    storeBundle(registry, subjectOf(registry, repository, descriptor), { bundle });
  }
}

const sigstore = createVirtualSigstore();
const registry = await startRegistry();
fill(registry, sigstore);
const proxy = await startProxy(registry.host);
const directory = await mkdtemp(join(tmpdir(), 'sign-policy-record-'));
const root = join(directory, 'trusted_root.json');
await writeFile(root, JSON.stringify(sigstore.trustedRoot()));
for (const { name } of SHIPPED_POLICIES) {
  const folder = join(POLICIES, name, 'test');
  const file = join(folder, 'kyverno-test.recording.gz');
  const flags = HOSTS.map((host) => `--insecure-registry=${host}`);
  const { code, stdout, stderr } = await runCli(
    ['test', folder, '--record', file, '--trusted-root', root, '--detailed-results', ...flags],
    { env: { HTTP_PROXY: proxy.origin } },
  );
  process.stdout.write(`${stdout}${stderr}`);
  if (code !== 0) process.exitCode = code;
}
await proxy.close();
await registry.close();
await rm(directory, { recursive: true });
