import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Descriptor } from '#shared/registry/registry.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { POLICY_KINDS } from '#test/support/kube/served-types.ts';
import { putImage } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { signSimple } from '#test/support/signer/sign-simple.ts';
import { load } from 'js-yaml';
import { type CliResult, runCli } from './run-cli.ts';
import { keyPolicy, podYaml } from './sample-policies.ts';
import { DIGEST_PATTERN_POLICY } from '#test/support/admission/policies.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

const key = generateSignerKey();
let registry: TestRegistry;
let files: Workspace;
let kube: FakeKube;
let signed: Descriptor;
let signedImage: string;
let unsignedImage: string;

before(async () => {
  registry = await startRegistry();
  files = await makeWorkspace();
  kube = await startFakeKube({ types: POLICY_KINDS });
  signed = putImage(registry, 'acme/app', { tag: '1.0' });
  signSimple(registry, { host: registry.host, repository: 'acme/app', ...signed }, key);
  putImage(registry, 'acme/evil', { tag: '1.0' });
  signedImage = `${registry.host}/acme/app:1.0`;
  unsignedImage = `${registry.host}/acme/evil:1.0`;
  await files.write('key.yaml', keyPolicy(registry.host, key.publicKeyPem));
  await files.write('both/key.yaml', keyPolicy(registry.host, key.publicKeyPem));
  await files.write('both/digest.yaml', DIGEST_PATTERN_POLICY);
  await files.write('audit.yaml', keyPolicy(registry.host, key.publicKeyPem, 'Audit'));
  await files.write('good.yaml', podYaml('good', signedImage));
  await files.write('bad.yaml', podYaml('bad', unsignedImage, signedImage));
  await files.write('kubeconfig', kube.kubeconfig({ namespace: 'team' }));
});

after(async () => {
  await registry.close();
  await kube.close();
  await files.remove();
});

function dryRun(objects: string, policy: string, ...more: readonly string[]): Promise<CliResult> {
  return runCli(['dry-run', '-f', files.path(objects), '-p', files.path(policy), ...more]);
}

/** The cells of a table's rows, headers left out. */
function rows(stdout: string): readonly (readonly string[])[] {
  const lines = stdout.split('\n\n')[0]?.trimEnd().split('\n') ?? [];
  return lines.slice(1).map((line) => line.split(/ {3,}/));
}

test('dry-run pins the tag of a signed image', async () => {
  const { code, stdout, stderr } = await dryRun('good.yaml', 'both');
  assert.equal(code, 0, stderr);
  const short = signed.digest.slice(0, 19);
  assert.deepEqual(rows(stdout), [
    ['pod/good', 'c0', signedImage, short, 'pin', 'signed-images/verify'],
  ]);
  assert.match(stdout, /\n1 object; 1 image, 1 pin\n$/);
});

test('dry-run denies an unsigned image with the message of the webhook', async () => {
  const { code, stdout } = await dryRun('bad.yaml', 'key.yaml');
  assert.equal(code, 1);
  assert.deepEqual(
    rows(stdout).map((row) => row.at(-2)),
    ['deny', 'pin'],
  );
  assert.match(
    stdout,
    /^pod\/bad would be denied \(.*bad\.yaml:2\):\n {2}resource Pod\/default\/bad was blocked/m,
  );
  assert.match(stdout, /no signatures found/);
  assert.match(stdout, /\n1 object, 1 would be denied; 2 images, 1 pin, 1 deny\n$/);
});

test('dry-run warns, and exits 0, where the policy only audits', async () => {
  const { code, stdout, stderr } = await dryRun('bad.yaml', 'audit.yaml');
  assert.equal(code, 0);
  assert.equal(rows(stdout)[0]?.at(-2), 'warn');
  assert.match(stderr, /^Warning: pod\/bad: .*no signatures found/m);
});

test('dry-run leaves an invalid digest in the name of the image, and a valid one in its column', async () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const invalid = `${registry.host}/acme/app:1.0@sha256:abc`;
  await files.write('digests.yaml', podYaml('web', invalid, `registry.invalid/b@${digest}`));
  const { stdout } = await dryRun('digests.yaml', 'key.yaml');
  assert.deepEqual(
    rows(stdout).map(([, , image]) => image),
    [invalid, 'registry.invalid/b'],
  );
});

test('dry-run says unknown, and exits 3, where the registry cannot be asked', async () => {
  await files.write('down.yaml', podYaml('down', '127.0.0.1:1/app:1'));
  await files.write('down-policy.yaml', keyPolicy('127.0.0.1:1', key.publicKeyPem));
  const { code, stdout } = await dryRun('down.yaml', 'down-policy.yaml');
  assert.equal(code, 3);
  assert.equal(rows(stdout)[0]?.at(-2), 'unknown');
  assert.match(stdout, /pod\/down could not be decided/);
});

test('dry-run shows a definite no before what is unknown', async () => {
  const argv = ['-f', files.path('down.yaml'), '-p', files.path('down-policy.yaml')];
  assert.equal((await dryRun('bad.yaml', 'key.yaml', ...argv)).code, 1);
});

test('dry-run lists images that no policy looks at, and objects without images in wide output', async () => {
  await files.write(
    'mixed.yaml',
    `${podYaml('other', 'app:1')}---
apiVersion: v1
kind: ConfigMap
metadata: { name: config }
`,
  );
  const narrow = await dryRun('mixed.yaml', 'key.yaml');
  assert.equal(narrow.code, 0);
  assert.deepEqual(rows(narrow.stdout), [
    ['pod/other', 'c0', 'app:1', '<none>', 'allow', '<none>'],
  ]);
  const wide = await dryRun('mixed.yaml', 'key.yaml', '-o', 'wide');
  assert.equal(rows(wide.stdout)[1]?.at(-2), 'nothing to check');
});

test('MNH-30 dry-run does not judge what the webhook is not called for', async () => {
  const pod = podYaml('proxy', unsignedImage).replace(
    'name: proxy',
    'name: proxy\n  namespace: kube-system',
  );
  await files.write('system.yaml', pod);
  const { code, stdout } = await dryRun('system.yaml', 'key.yaml');
  assert.equal(code, 0);
  assert.equal(rows(stdout)[0]?.at(-1), '<exempt namespace>');
});

test('dry-run -o json and yaml say the same, with decisions, messages and patch', async () => {
  const json = await dryRun('bad.yaml', 'key.yaml', '-o', 'json');
  const yaml = await dryRun('bad.yaml', 'key.yaml', '-o', 'yaml');
  assert.deepEqual([json.code, yaml.code], [1, 1]);
  const result = JSON.parse(json.stdout) as {
    kind: string;
    summary: unknown;
    items: { outcome: string; patch: unknown[]; images: Record<string, unknown>[] }[];
  };
  assert.deepEqual(load(yaml.stdout), result);
  assert.equal(result.kind, 'DryRunResult');
  assert.deepEqual(result.summary, { admitted: 0, denied: 1, unknown: 0 });
  const [item] = result.items;
  assert.deepEqual([item?.outcome, item?.patch], ['denied', []]);
  assert.deepEqual(
    item?.images.map(({ container, decision, digest }) => [container, decision, typeof digest]),
    [
      ['c0', 'deny', 'string'],
      ['c1', 'pin', 'string'],
    ],
  );
});

test('dry-run -o patch prints one JSON patch an object, -o name one name', async () => {
  const { stdout } = await dryRun('good.yaml', 'key.yaml', '-o', 'patch');
  assert.deepEqual(JSON.parse(stdout), {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'default',
    name: 'good',
    patch: [
      { op: 'replace', path: '/spec/containers/0/image', value: `${signedImage}@${signed.digest}` },
    ],
  });
  const argv = ['-f', files.path('bad.yaml'), '-o', 'name'];
  assert.equal((await dryRun('good.yaml', 'key.yaml', ...argv)).stdout, 'pod/good\npod/bad\n');
  const refused = await dryRun('good.yaml', 'key.yaml', ...argv, '--refused-only');
  assert.equal(refused.stdout, 'pod/bad\n');
});

test('MNH-20 dry-run takes a namespaced policy to be in the namespace of -n, and nowhere else', async () => {
  await files.write('namespaced.yaml', DIGEST_PATTERN_POLICY.replace('ClusterPolicy', 'Policy'));
  const pods = `${podYaml('here', 'app:1')}${podYaml('there', 'app:1').replace('name: there', 'name: there\n  namespace: other')}`;
  await files.write('two.yaml', pods);
  const { code, stdout } = await dryRun('two.yaml', 'namespaced.yaml', '-n', 'team');
  assert.equal(code, 1);
  assert.deepEqual(
    rows(stdout).map((row) => [row[0], row.at(-2)]),
    [
      ['team', 'deny'],
      ['other', 'allow'],
    ],
  );
});

test('dry-run reads objects from standard input', async () => {
  const argv = ['dry-run', '-f', '-', '-p', files.path('key.yaml'), '-n', 'team'];
  const { code, stdout } = await runCli(argv, { stdin: podYaml('piped', unsignedImage) });
  assert.equal(code, 1);
  assert.match(stdout, /Pod\/team\/piped was blocked/);
  assert.match(stdout, /\(stdin:2\)/);
});

test('dry-run says what to do about a key in a Secret where no cluster is asked', async () => {
  await files.write('secret.yaml', keyPolicy(registry.host, 'k8s://keys/release'));
  const { code, stdout } = await dryRun('good.yaml', 'secret.yaml');
  assert.equal(code, 3);
  assert.match(
    stdout,
    /Cannot fetch key "k8s:\/\/keys\/release": it is in a Secret, and no cluster is asked; write the key as PEM into the policy/,
  );
});

/** A Pod whose names and image would write to a terminal, and end a line. */
const ESCAPES = `apiVersion: v1
kind: Pod
metadata: { name: "a\\e[31mred", namespace: "n\\n  - x", annotations: { policies.kyverno.io/skip: signed-images } }
spec:
  containers: [{ name: "c\\e]0;x\\a", image: "REGISTRY/acme/evil\\e[2J\\u202e:1" }]
`;

test('dry-run prints no control characters of objects as text, and structured output is exact', async () => {
  const escapes = ESCAPES.replace('REGISTRY', registry.host);
  await files.write('escapes.yaml', `${escapes}---\n${podYaml('good', signedImage)}`);
  for (const policy of ['key.yaml', 'audit.yaml', 'both']) {
    for (const format of [[], ['-o', 'wide'], ['-o', 'name']]) {
      const { stdout, stderr } = await dryRun('escapes.yaml', policy, ...format);
      const told = stdout + stderr;
      assert.match(told, /pod\/a\uFFFD\[31mred/);
      assert.doesNotMatch(told, /(?!\n)[\p{Cc}\p{Cf}]/u);
      assert.doesNotMatch(told, /^ {2}- x/m);
    }
  }
  for (const format of ['json', 'yaml']) {
    const { stdout } = await dryRun('escapes.yaml', 'key.yaml', '-o', format);
    const { items } = load(stdout) as { items: readonly { name: string; namespace: string }[] };
    assert.equal(items[0]?.name, 'a\u001B[31mred');
    assert.equal(items[0].namespace, 'n\n  - x');
  }
});

test('dry-run colours decisions on a terminal, and not with NO_COLOR', async () => {
  const argv = ['dry-run', '-f', files.path('bad.yaml'), '-p', files.path('key.yaml')];
  const painted = await runCli(argv, { isTTY: true });
  assert.ok(painted.stdout.includes('\u001B[31mdeny\u001B[39m'));
  const plain = await runCli(argv, { isTTY: true, env: { NO_COLOR: '' } });
  assert.ok(!plain.stdout.includes('\u001B'));
});

test('MNH-29 dry-run prints no registry credentials, even where the registry refuses them', async () => {
  const auth = Buffer.from('robot:very-secret-password').toString('base64');
  await files.write('docker/config.json', JSON.stringify({ auths: { [registry.host]: { auth } } }));
  registry.auth = { kind: 'basic', username: 'robot', password: 'another-one' };
  try {
    const argv = ['dry-run', '-f', files.path('good.yaml'), '-p', files.path('key.yaml')];
    const env = { DOCKER_CONFIG: files.path('docker') };
    for (const format of ['json', 'wide']) {
      const { code, stdout, stderr } = await runCli([...argv, '-o', format], { env });
      assert.equal(code, 3);
      assert.doesNotMatch(stdout + stderr, new RegExp(`very-secret|${auth}`));
    }
  } finally {
    registry.auth = { kind: 'none' };
  }
});

test('dry-run takes policies and objects from the cluster, objects of controllers only by kind', async () => {
  const env = { KUBECONFIG: files.path('kubeconfig') };
  const none = await runCli(['dry-run', '-A'], { env });
  assert.equal(none.code, 3);
  assert.match(
    none.stderr,
    /Cannot judge by the policies of .*: it has none; give policies with -p/,
  );
  kube.put(load(keyPolicy(registry.host, key.publicKeyPem)) as never);
  const nothing = await runCli(['dry-run', '-n', 'team'], { env });
  assert.deepEqual(nothing, {
    code: 0,
    stdout: '',
    stderr: 'No resources found in team namespace.\n',
  });
  for (const [name, owner] of [
    ['bare', []],
    ['owned', [{ kind: 'ReplicaSet', name: 'web', controller: true }]],
  ] as const) {
    kube.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'team', ownerReferences: owner },
      spec: { containers: [{ name: 'app', image: unsignedImage }] },
    });
  }
  const all = await runCli(['dry-run', '-A', '-o', 'name'], { env });
  assert.deepEqual([all.code, all.stdout], [1, 'pod/bare\n']);
  const pods = await runCli(['dry-run', 'po', '-o', 'name'], { env });
  assert.equal(pods.stdout, 'pod/bare\npod/owned\n');
  const unknown = await runCli(['dry-run', 'secrets'], { env });
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /unknown kind "secrets": expected one of pods/);
});
