import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { putImage } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';
import { subjectOf } from '#test/support/signer/signed-image.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT } from '#test/support/sigstore/fulcio.ts';
import { storeBundle } from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { podYaml } from './sample-policies.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

const sigstore = createVirtualSigstore();
let registry: TestRegistry;
let files: Workspace;
let image: string;

before(async () => {
  registry = await startRegistry();
  files = await makeWorkspace();
  const descriptor = putImage(registry, 'acme/app', { tag: '1.0' });
  const bundle = statementBundle(descriptor.digest, {
    signer: sigstore.keyless(),
    at: sigstore.time,
    logs: [sigstore.rekor.entry()],
  });
  storeBundle(registry, subjectOf(registry, 'acme/app', descriptor), { bundle });
  image = `${registry.host}/acme/app:1.0`;
  await files.write('root.json', JSON.stringify(sigstore.trustedRoot()));
  await files.write('stranger.json', JSON.stringify(createVirtualSigstore().trustedRoot()));
  await files.write('bad.json', '{}');
  await files.write('pod.yaml', podYaml('web', image));
  await files.write('policy.yaml', policy(DEFAULT_SUBJECT));
  await files.write('other.yaml', policy('https://github.com/acme/app/*/ci.yml@*'));
});

after(async () => {
  await registry.close();
  await files.remove();
});

function policy(subject: string): string {
  return `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: keyless }
spec:
  validationFailureAction: Enforce
  rules:
    - name: workflow
      match: { any: [{ resources: { kinds: [Pod] } }] }
      verifyImages:
        - imageReferences: ["*"]
          attestors:
            - entries:
                - keyless:
                    subject: ${subject}
                    issuer: ${DEFAULT_ISSUER}
                    rekor: { url: https://rekor.sigstore.dev }
`;
}

/** The policy and the trust root; what dry-run and verify make of the same image. */
const CASES: readonly (readonly [string, string, string, number, RegExp])[] = [
  ['the right trust root', 'policy.yaml', 'root.json', 0, /(?:\bpin\b|: verified\n)/],
  ['the trust root of somebody else', 'policy.yaml', 'stranger.json', 1, /certificate/],
  ['another identity', 'other.yaml', 'root.json', 1, /policy wants subject "https:.*ci\.yml@\*"/],
];

for (const [what, policyFile, root, code, printed] of CASES) {
  const flags = (): readonly string[] => [
    '-p',
    files.path(policyFile),
    '--trusted-root',
    files.path(root),
  ];
  test(`dry-run --trusted-root: ${what} exits ${code}`, async () => {
    const result = await runCli(['dry-run', '-f', files.path('pod.yaml'), ...flags()]);
    assertResult(result, code, printed);
  });

  test(`verify --policy --trusted-root: ${what} exits ${code}`, async () => {
    assertResult(await runCli(['verify', image, ...flags()]), code, printed);
  });
}

function assertResult(result: CliResult, code: number, printed: RegExp): void {
  assert.equal(result.code, code, result.stdout + result.stderr);
  assert.match(result.stdout, printed);
}

for (const root of ['bad.json', 'missing.json']) {
  test(`dry-run --trusted-root ${root} is a usage error, nothing is judged`, async () => {
    const argv = ['dry-run', '-f', files.path('pod.yaml'), '-p', files.path('policy.yaml')];
    const result = await runCli([...argv, '--trusted-root', files.path(root)]);
    assert.equal(result.code, 2);
    assert.match(result.stderr, /Cannot use trust root ".*\.json": Cannot read trust/);
    assert.equal(result.stdout, '');
  });
}
