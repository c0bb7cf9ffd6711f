import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { loadAll } from 'js-yaml';
import { createAuthority } from '#server/tls/certificate-authority.ts';
import { type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { POLICY_KINDS, POLICY_REPORTS } from '#test/support/kube/served-types.ts';
import {
  type InstallWorld,
  WEBHOOK_KINDS,
  WEBHOOK_NAME,
  startInstallWorld,
} from './install-world.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { DIGEST_PATTERN_POLICY } from '#test/support/admission/policies.ts';

const REPORTS = 'policyreports.wgpolicyk8s.io';

let world: InstallWorld;

beforeEach(async () => {
  world = await startInstallWorld();
});

afterEach(() => world.close());

test('install puts everything in, says so, and is idempotent', async () => {
  const first = await world.install();
  assert.equal(first.code, 0, first.stderr);
  const lines = first.stdout.trimEnd().split('\n');
  assert.equal(lines.at(-1), 'The cluster now judges images by 1 policy of this installation.');
  assert.match(lines.at(-2) ?? '', /^Reports are not written: .*--policy-reports/);
  for (const line of lines.slice(0, -2)) assert.match(line, / created$/);
  assert.ok(
    world.kube.get('Deployment', 'sign-policy-webhook', 'sign-policy-system') !== undefined,
  );
  assert.ok(world.kube.get('ClusterPolicy', 'verify-image-signature') !== undefined);
  const second = await world.install();
  assert.equal(second.code, 0, second.stderr);
  for (const line of second.stdout.trimEnd().split('\n').slice(0, -2))
    assert.match(line, / unchanged$/);
  const third = await world.install('--image', 'registry.example/webhook:2');
  assert.match(third.stdout, /^deployment\.apps\/sign-policy-webhook configured$/m);
});

test('install brings the definitions of reports where it is asked to, and leaves those of others alone', async () => {
  assert.equal(world.kube.get('CustomResourceDefinition', REPORTS), undefined);
  const { stdout } = await world.install('--policy-reports');
  assert.ok(world.kube.get('CustomResourceDefinition', REPORTS) !== undefined);
  assert.doesNotMatch(stdout, /Reports are not written/);
  await world.close();
  world = await startInstallWorld({ types: POLICY_REPORTS });
  const theirs = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  world.kube.put({ ...theirs, metadata: { name: REPORTS, labels: { of: 'others' } } });
  const beside = await world.install('--policy-reports');
  assert.match(beside.stdout, new RegExp(`${REPORTS} kept, it was there before`));
});

test('install applies policies before the server, and the registration last', async () => {
  await world.install();
  const order = world.writes().map((line) => line.split('/').at(-2));
  const at = (resource: string): number => order.indexOf(resource);
  assert.ok(at('customresourcedefinitions') < at('clusterpolicies'));
  assert.ok(at('clusterpolicies') < at('deployments'));
  assert.deepEqual(order.slice(-2), [
    'mutatingwebhookconfigurations',
    'validatingwebhookconfigurations',
  ]);
});

test('install registers nothing as long as the webhook is not ready', async () => {
  await world.close();
  world = await startInstallWorld({ react: (object) => object });
  const { code, stderr } = await world.install('--timeout', '300ms');
  assert.equal(code, 3);
  assert.match(
    stderr,
    /^error: Cannot wait any longer for the webhook to be ready .* of 3 replicas/m,
  );
  for (const kind of WEBHOOK_KINDS) assert.equal(world.kube.get(kind, WEBHOOK_NAME), undefined);
});

test('install says why the Pods of the webhook do not start', async () => {
  await world.close();
  world = await startInstallWorld({ react: (object) => object });
  await world.install('--timeout', '0');
  world.kube.put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'sign-policy-webhook-1',
      namespace: 'sign-policy-system',
      labels: { 'app.kubernetes.io/component': 'webhook' },
    },
    status: {
      containerStatuses: [
        { state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } },
      ],
    },
  });
  const { code, stderr } = await world.install('--timeout', '0');
  assert.equal(code, 3);
  assert.match(stderr, /of 3 replicas are ready; ErrImagePull: no such image$/m);
});

test('install registers the webhook together with the authority it has made', async () => {
  const ca = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64');
  await world.install();
  world.kube.put({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sign-policy-webhook-tls', namespace: 'sign-policy-system' },
    data: { 'ca.crt': ca },
  });
  await world.install();
  for (const kind of WEBHOOK_KINDS) {
    assert.equal(member(world.clientConfig(kind), 'caBundle'), ca);
    assert.equal(stringAt(world.clientConfig(kind), 'service', 'name'), 'sign-policy-webhook');
  }
});

test('install --webhook-url brings policies and the registration, nothing that runs', async () => {
  const { code, stdout, stderr } = await world.install('--webhook-url', 'https://127.0.0.1:9443/');
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stdout, /deployment|namespace|service/);
  const urls = WEBHOOK_KINDS.map((kind) => world.clientConfig(kind));
  assert.deepEqual(urls, [
    { url: 'https://127.0.0.1:9443/mutate' },
    { url: 'https://127.0.0.1:9443/validate' },
  ]);
  assert.match(stderr, /Warning: without --ca-file the API server trusts the webhook only once/);
});

test('install --ca-file says whom the API server may trust', async () => {
  const { certificate } = await createAuthority(Date.now());
  const file = await world.files.write('ca.crt', certificate);
  const { code, stderr } = await world.install(
    '--webhook-url',
    'https://127.0.0.1:9443',
    '--ca-file',
    file,
  );
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /--ca-file/);
  assert.deepEqual(world.clientConfig('ValidatingWebhookConfiguration'), {
    url: 'https://127.0.0.1:9443/validate',
    caBundle: Buffer.from(certificate).toString('base64'),
  });
});

test('install refuses a CA file without a certificate', async () => {
  const argv = [
    '--webhook-url',
    'https://127.0.0.1:9443',
    '--ca-file',
    world.files.path('key.pub'),
  ];
  const { code, stderr } = await world.install(...argv);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^error: Cannot use CA file ".*key\.pub": expected PEM certificates, found none$/m,
  );
  assert.deepEqual(world.kube.requests, []);
});

test('install makes a policy from a key and image patterns', async () => {
  const argv = [
    '--key',
    world.files.path('key.pub'),
    '--images',
    'ghcr.io/acme/*',
    '--mode',
    'audit',
  ];
  const { code, stderr } = await world.cli('install', ...argv, '--policy-name', 'acme');
  assert.equal(code, 0, stderr);
  const policy = world.kube.get('ClusterSignPolicy', 'acme');
  const rules = member(member(policy, 'spec'), 'rules') as readonly JsonObject[];
  const [entry] = rules.flatMap((rule) => rule['verifyImages'] as readonly JsonObject[]);
  assert.deepEqual(
    [entry?.['imageReferences'], entry?.['failureAction'], entry?.['mutateDigest']],
    [['ghcr.io/acme/*'], 'Audit', false],
  );
});

test('install writes nothing where one policy is bad', async () => {
  await world.files.write('bad.yaml', DIGEST_PATTERN_POLICY.replace('rules:', 'rulez:'));
  const { code, stderr } = await world.install('-f', world.files.path('bad.yaml'));
  assert.equal(code, 2);
  assert.match(stderr, /bad\.yaml:\d+:\d+: spec\.rulez/);
  assert.deepEqual(world.kube.requests, []);
});

test('install writes nothing where the last object is forbidden', async () => {
  const message = 'validatingwebhookconfigurations is forbidden: User "eve" cannot patch resource';
  world.kube.fail({
    method: 'PATCH',
    path: /validatingwebhookconfigurations/,
    outcome: { kind: 'status', code: 403, reason: 'Forbidden', message },
  });
  const { code, stderr } = await world.install();
  assert.equal(code, 3);
  assert.match(
    stderr,
    /validatingwebhookconfigurations.*admission-sign-policy.* 403 Forbidden: .*User "eve"/,
  );
  assert.deepEqual(world.writes(), []);
});

test('install writes nothing where a namespace that it does not bring is missing', async () => {
  const { code, stderr } = await world.install('--pull-secrets-of', 'nowhere');
  assert.equal(code, 3);
  assert.match(stderr, /namespaces "nowhere" not found/);
  assert.deepEqual(world.writes(), []);
});

test('install names the flag that takes over fields of somebody else, and takes them over with it', async () => {
  const manager = ['--field-manager', 'other'];
  assert.equal((await world.install(...manager, '--image', 'registry.example/theirs:1')).code, 0);
  const writes = world.writes();
  const image = ['--image', 'registry.example/ours:1'];
  const { code, stderr } = await world.install(...image);
  assert.equal(code, 3);
  assert.match(
    stderr,
    /^error: Cannot apply deployments.* 409 Conflict: .*"other".*; --force-conflicts takes these fields over$/m,
  );
  assert.deepEqual(world.writes(), writes);
  const forced = await world.install(...image, '--force-conflicts');
  assert.equal(forced.code, 0, forced.stderr);
  assert.match(forced.stdout, /^deployment\.apps\/sign-policy-webhook configured$/m);
});

test('install binds pull secrets only where it is asked to', async () => {
  await world.install('--pull-secrets-of', 'default');
  const binding = world.kube.get('RoleBinding', 'sign-policy-pull-secrets', 'default');
  assert.equal(stringAt(binding, 'roleRef', 'name'), 'sign-policy-pull-secrets');
  assert.equal(world.kube.get('ClusterRoleBinding', 'sign-policy-pull-secrets'), undefined);
  await world.install('--pull-secrets-of', '*');
  assert.ok(world.kube.get('ClusterRoleBinding', 'sign-policy-pull-secrets') !== undefined);
});

for (const mode of ['client', 'server'] as const) {
  test(`install --dry-run=${mode} says what it would do and changes nothing`, async () => {
    const { code, stdout } = await world.install(`--dry-run=${mode}`);
    assert.equal(code, 0);
    const note = mode === 'client' ? 'applied \\(dry run\\)' : 'created \\(server dry run\\)';
    assert.match(
      stdout,
      new RegExp(`^clusterpolicy\\.kyverno\\.io/verify-image-signature ${note}$`, 'm'),
    );
    assert.deepEqual(world.writes(), []);
    if (mode === 'client') assert.deepEqual(world.kube.requests, []);
  });
}

test('install -o yaml and json print the same objects and ask nobody', async () => {
  const yaml = await world.install(
    '-o',
    'yaml',
    '--pin',
    'workloads',
    '--insecure-registry',
    'r:5000',
  );
  const json = await world.install(
    '-o',
    'json',
    '--pin',
    'workloads',
    '--insecure-registry',
    'r:5000',
  );
  const objects = loadAll(yaml.stdout) as readonly JsonObject[];
  assert.deepEqual((JSON.parse(json.stdout) as JsonObject)['items'], objects);
  assert.deepEqual(world.kube.requests, []);
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  const text = JSON.stringify(deployment);
  assert.match(text, /"--pin=workloads","--insecure-registry=r:5000"/);
});

test('install --trusted-root puts the trust root beside the webhook, which mounts it', async () => {
  const text = JSON.stringify(createVirtualSigstore().trustedRoot());
  const file = await world.files.write('root.json', text);
  assert.equal((await world.install('--trusted-root', file)).code, 0);
  const configMap = world.kube.get('ConfigMap', 'sign-policy-trusted-root', 'sign-policy-system');
  assert.deepEqual(member(configMap, 'data'), { 'trusted_root.json': text });
  const deployment = JSON.stringify(
    world.kube.get('Deployment', 'sign-policy-webhook', 'sign-policy-system'),
  );
  assert.match(deployment, /"--trusted-root=\/etc\/sign-policy\/trust\/trusted_root\.json"/);
  assert.match(deployment, /"mountPath":"\/etc\/sign-policy\/trust"/);
  assert.match(deployment, /"configMap":\{"name":"sign-policy-trusted-root"\}/);
  assert.match(deployment, /"emptyDir"/, 'the other volumes stay');
});

test('install --trusted-root with a file that is none changes nothing', async () => {
  const file = await world.files.write('bad.json', '{}');
  const { code, stderr } = await world.install('--trusted-root', file);
  assert.equal(code, 2);
  assert.match(stderr, /Cannot use trust root ".*bad\.json": Cannot read trusted root/);
  assert.deepEqual(world.kube.requests, []);
});

test('install leaves definitions alone that others installed', async () => {
  world.kube.put({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'clusterpolicies.kyverno.io', labels: { theirs: 'yes' } },
    spec: { group: 'kyverno.io' },
  });
  world.kube.serve(...POLICY_KINDS);
  const { stdout } = await world.install();
  assert.match(
    stdout,
    /^customresourcedefinition.*clusterpolicies\.kyverno\.io kept, it was there before$/m,
  );
  const definition = world.kube.get('CustomResourceDefinition', 'clusterpolicies.kyverno.io');
  assert.deepEqual(definition?.metadata['labels'], { theirs: 'yes' });
});

test('install advises to pin workloads where Kyverno demands digests of them', async () => {
  world.kube.put({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'kyverno-resource-validating-webhook-cfg' },
  });
  const plain = await world.install();
  assert.match(
    plain.stderr,
    /Kyverno demands digests in workloads \(policy verify-image-signature\)/,
  );
  const pinning = await world.install('--pin=workloads');
  assert.doesNotMatch(pinning.stderr, /Kyverno demands/);
});
