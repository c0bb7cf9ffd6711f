import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runCli } from './run-cli.ts';
import { podYaml } from './sample-policies.ts';
import { DIGEST_PATTERN_POLICY } from '#test/support/admission/policies.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

let files: Workspace;

before(async () => {
  files = await makeWorkspace();
  await files.write('policy.yaml', DIGEST_PATTERN_POLICY);
  await files.write('pod.yaml', podYaml('web', 'app:1'));
  await files.write('broken.yaml', 'apiVersion: v1\nkind: [Pod\n');
  await files.write('text.yaml', 'just a text\n');
  await files.write('nokind.yaml', 'apiVersion: v1\nmetadata: { name: x }\n');
  await files.write('noname.yaml', 'apiVersion: v1\nkind: Pod\n');
  await files.write('typo.yaml', DIGEST_PATTERN_POLICY.replace('message:', 'mesage:'));
  await files.write('badkey.pub', 'ssh-ed25519 AAAA\n');
  await files.write('empty/readme.txt', 'nothing here\n');
  await files.write('deep/inner/pod.yaml', podYaml('inner', 'app:1'));
});

after(() => files.remove());

const COMMANDS = [
  'install',
  'uninstall',
  'dry-run',
  'verify',
  'lint',
  'test',
  'sign',
  'attest',
  'completion',
  'version',
];

test('run() shows help with every command, and exits 0', async () => {
  for (const argv of [[], ['--help'], ['-h'], ['help']]) {
    const { code, stdout, stderr } = await runCli(argv);
    assert.deepEqual([code, stderr], [0, '']);
    for (const name of COMMANDS) {
      assert.match(stdout, new RegExp(`^ {2}${name} `, 'm'));
    }
  }
});

for (const name of COMMANDS) {
  test(`run() shows help of ${name} with examples and usage`, async () => {
    const { code, stdout } = await runCli([name, '--help']);
    assert.equal(code, 0);
    assert.match(stdout, /^Examples:\n {2}# /m);
    assert.match(stdout, new RegExp(`^Usage:\n {2}kubectl sign-policy ${name}`, 'm'));
    assert.deepEqual(await runCli(['help', name]), { code, stdout, stderr: '' });
  });
}

test('run() prints the version, without a cluster', async () => {
  const { code, stdout } = await runCli(['version', '-ojson']);
  assert.equal(code, 0);
  assert.match((JSON.parse(stdout) as { version: string }).version, /^\d+\.\d+\.\d+$/);
});

for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
  test(`run() prints a completion script for ${shell}`, async () => {
    const { code, stdout } = await runCli(['completion', shell]);
    assert.equal(code, 0);
    assert.match(stdout, /kubectl_complete-sign_policy/);
  });
}

/** Command line, the one message, and what follows: the command whose help is pointed to. */
const USAGE: readonly (readonly [readonly string[], string, string])[] = [
  [['nope'], 'unknown command "nope"', ''],
  [['--nope'], 'unknown flag: --nope', ''],
  [['version', 'now'], 'unexpected argument "now": version takes no arguments', 'version '],
  [['completion'], 'missing argument: expected SHELL', 'completion '],
  [
    ['completion', 'tcsh'],
    'unsupported shell "tcsh": must be one of bash, zsh, fish, powershell',
    'completion ',
  ],
  [
    ['dry-run', '-p', 'policy.yaml'],
    'must specify objects: -f FILE|DIR|-, or KIND, -n, -A or -l for those of the cluster',
    'dry-run ',
  ],
  [
    ['dry-run', '-f', 'pod.yaml', '-A'],
    'objects come either from files (-f) or from the cluster (KIND, -A, -l), not from both',
    'dry-run ',
  ],
  [['dry-run', '-f', '-', '-p', '-'], 'standard input ("-") can be read once only', 'dry-run '],
  [
    ['verify', 'image', '--key', 'k', '-p', 'p'],
    '--key, --certificate-… and --policy are three ways to verify: give one',
    'verify ',
  ],
  [
    ['verify', 'image', '--certificate-identity', 'a@b.example'],
    '--certificate-oidc-issuer or --certificate-oidc-issuer-regexp is missing: both name and issuer are needed',
    'verify ',
  ],
  [
    ['verify', 'image', '--certificate-oidc-issuer', 'https://issuer.example'],
    '--certificate-identity or --certificate-identity-regexp is missing: both name and issuer are needed',
    'verify ',
  ],
  [
    ['verify', 'image', '--type', 'spdx'],
    '--type is for --key and --certificate-identity: name who must have signed',
    'verify ',
  ],
  [
    ['verify', 'image', '-p', 'p', '--insecure-ignore-tlog'],
    '--insecure-ignore-… is not for --policy: a policy says itself what it waives',
    'verify ',
  ],
  [
    ['verify', 'image', '--key', 'k', '-a', 'env'],
    'invalid argument "env" for "--annotations" flag: must be KEY=VALUE',
    'verify ',
  ],
  [
    ['install', '--key', 'k'],
    '--key and --images are given together: the key that signs, and what it signs',
    'install ',
  ],
  [
    ['install', '-f', 'p', '--mode', 'audit'],
    '--mode and --policy-name are for the policy made from --key and --images',
    'install ',
  ],
  [['install', '--ca-file', 'ca.crt'], '--ca-file is for --webhook-url only', 'install '],
  [
    ['install', '--webhook-url', 'https://host:1', '--image', 'i'],
    '--image, --pull-secrets-of, --insecure-registry and --trusted-root are for a webhook in the cluster, not for --webhook-url',
    'install ',
  ],
  [
    ['install', '--webhook-url', 'http://host:1'],
    'invalid argument "http://host:1" for "--webhook-url" flag: must be https://HOST:PORT, without user, query and fragment',
    'install ',
  ],
  [
    ['install', '--timeout', 'soon'],
    'invalid argument "soon" for "--timeout" flag: must be a duration such as 90s or 2m',
    'install ',
  ],
  [
    ['uninstall', '--dry-run=maybe'],
    'invalid argument "maybe" for "--dry-run" flag: must be one of none, client, server',
    'uninstall ',
  ],
];

for (const [argv, message, subject] of USAGE) {
  test(`run() refuses ${argv.join(' ')}`, async () => {
    const { code, stdout, stderr } = await runCli(argv);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.equal(
      stderr,
      `error: ${message}\nSee 'kubectl sign-policy ${subject}--help' for usage.\n`,
    );
  });
}

/** Files that are wrong: -f and -p of dry-run, and what the message has to hold. */
const BAD_FILES: readonly (readonly [string, string, readonly RegExp[]])[] = [
  ['missing.yaml', 'policy.yaml', [/Cannot read ".*missing\.yaml": no such file or folder/]],
  ['empty', 'policy.yaml', [/Cannot read folder ".*empty": no \.yaml, \.yml or \.json file in it/]],
  ['broken.yaml', 'policy.yaml', [/Cannot read ".*broken\.yaml": line \d, column \d/]],
  ['text.yaml', 'policy.yaml', [/Cannot read .*text\.yaml:1: expected a Kubernetes object/]],
  ['nokind.yaml', 'policy.yaml', [/nokind\.yaml:1: .* "kind" is missing/]],
  ['noname.yaml', 'policy.yaml', [/noname\.yaml:1: Pod has neither "metadata\.name" nor/]],
  [
    'pod.yaml',
    'pod.yaml',
    [/Cannot find a policy in ".*pod\.yaml"/, /not used as a policy: a Pod/],
  ],
  [
    'pod.yaml',
    'typo.yaml',
    [
      /Cannot use the policies: 1 fault\n {2}.*typo\.yaml:14:\d+: spec\.rules\[0\]\.validate\.mesage/,
    ],
  ],
];

for (const [objects, policy, patterns] of BAD_FILES) {
  test(`MNH-21 dry-run of ${objects} by ${policy} exits 2 and judges nothing`, async () => {
    const argv = ['dry-run', '-f', files.path(objects), '-p', files.path(policy)];
    const { code, stdout, stderr } = await runCli(argv);
    assert.deepEqual([code, stdout], [2, '']);
    for (const pattern of patterns.slice(0, 1)) assert.match(stderr, pattern);
  });
}

test('dry-run says of a folder with folders inside how to read them', async () => {
  const argv = ['dry-run', '-f', files.path('deep'), '-p', files.path('policy.yaml')];
  const flat = await runCli(argv);
  assert.equal(flat.code, 2);
  assert.match(flat.stderr, /use -R for the folders inside/);
  const deep = await runCli([...argv, '-R']);
  assert.equal(deep.code, 1);
  assert.match(deep.stdout, /^pod\/inner /m);
});

test('verify and install name a key file that holds no key', async () => {
  const key = files.path('badkey.pub');
  for (const argv of [
    ['verify', 'image:1', '--key', key],
    ['install', '--key', key, '--images', '*', '--dry-run=client'],
  ]) {
    const { code, stderr } = await runCli(argv);
    assert.equal(code, 2);
    assert.match(stderr, /^error: Cannot use key file ".*badkey\.pub": .*expected a PEM block/);
  }
});

test('MNH-21 a command without any kubeconfig says where it looked, and exits 3', async () => {
  const env = { KUBECONFIG: files.path('no-kubeconfig') };
  for (const argv of [['dry-run', '-A'], ['install'], ['uninstall']]) {
    const { code, stdout, stderr } = await runCli(argv, { env });
    assert.deepEqual([code, stdout], [3, '']);
    assert.match(stderr, /^error: Cannot find a cluster: .*no-kubeconfig/);
  }
});
