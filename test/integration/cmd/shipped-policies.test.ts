import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { SHIPPED_POLICIES } from '#cmd/policy/shipped-policies.ts';
import { runCli } from './run-cli.ts';

const FOLDER = fileURLToPath(new URL('../../../manifests/policies/', import.meta.url));

test('shipped policies: the suite of each passes from its recording, without a network', async () => {
  const { code, stdout, stderr } = await runCli(['test', FOLDER, '--require-tests']);
  assert.equal(code, 0, stdout + stderr);
  for (const { name } of SHIPPED_POLICIES) assert.ok(stdout.includes(`${name} (`), name);
  assert.match(stdout, /^Test Summary: 19 tests passed and 0 tests failed$/m);
});

test('shipped policies: install takes one by name with everything that its user sets', async () => {
  const { code, stdout, stderr } = await runCli([
    'install',
    '--image=x',
    '-o=yaml',
    '--policy=verify-image-signatures',
    '--policy=require-signed-images',
    '--policy-registry=ghcr.io/me',
    '--policy-identity=https://github.com/me/x/.github/workflows/b.yml@refs/heads/main',
    '--policy-namespaces=shop',
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  assert.match(stdout, /- ghcr\.io\/me\/\*\n/);
  assert.match(stdout, /namespaces:\n +- shop\n/);
  assert.equal(stdout.match(/subject: https:\/\/github\.com\/me\/x\//g)?.length, 2);
});

const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    'an unknown name',
    ['--policy=nope'],
    /unknown policy "nope" for "--policy" flag: must be one of verify-image-signatures, /,
  ],
  [
    'no identity',
    ['--policy=audit-unsigned-images'],
    /--policy audit-unsigned-images needs --policy-identity/,
  ],
  ['no registry', ['--policy=verify-image-signatures'], /needs --policy-registry/],
  ...['acme', 'https://ghcr.io/acme', ' ', 'ghcr.io/acme/app:v1'].map(
    (registry) =>
      [
        `a registry "${registry}" that no image is in`,
        [
          '--policy=verify-image-signatures',
          '--policy-identity=a',
          '--policy-registry=ghcr.io/me',
          `--policy-registry=${registry}`,
        ],
        /^error: invalid argument ".*" for "--policy-registry" flag: the pattern ".*\/\*" matches no image: .*; write /,
      ] as const,
  ),
  [
    'an identity that nothing takes',
    ['--policy=audit-keyless-signatures', '--policy-identity=a'],
    /--policy-identity is for a policy of --policy that takes it; none is given/,
  ],
  [
    'images that there are none of',
    ['--key=k', '--images=ghcr.io/me/*', '--images=nginx'],
    /^error: invalid argument "nginx" for "--images" flag: the pattern "nginx" matches no image: names are compared as "registry\/path:tag", or "registry\/path@digest" where there is a digest; write "docker\.io\/nginx:\*" and "docker\.io\/nginx@\*"\n/,
  ],
  [
    'a policy that only tells, to be enforced,',
    ['--policy=audit-keyless-signatures', '--mode=enforce'],
    /--mode enforce is not for --policy audit-keyless-signatures, which only tells: choose one that refuses$/m,
  ],
  [
    'a policy that only tells among others, to be enforced,',
    [
      '--policy=require-signed-images',
      '--policy=audit-unsigned-images',
      '--policy-identity=a',
      '--mode=enforce',
    ],
    /--mode enforce is not for --policy audit-unsigned-images, which/,
  ],
  ['namespaces without a policy', ['--policy-namespaces=a'], /--policy-namespaces is for a policy/],
];

for (const [what, flags, message] of WRONG) {
  test(`shipped policies: install with ${what} is a usage error`, async () => {
    const { code, stderr } = await runCli(['install', '--image=x', '-o=yaml', ...flags]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  });
}
