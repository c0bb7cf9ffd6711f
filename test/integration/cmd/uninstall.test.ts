import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { load } from 'js-yaml';
import type { JsonObject } from '#shared/base/json-value.ts';
import { POLICY_KINDS } from '#test/support/kube/served-types.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { type InstallWorld, WEBHOOK_KINDS, startInstallWorld } from './install-world.ts';
import { DIGEST_PATTERN_POLICY } from '#test/support/admission/policies.ts';

let world: InstallWorld;

beforeEach(async () => {
  world = await startInstallWorld();
});

afterEach(() => world.close());

test('uninstall removes all of it, the registration first, and then nothing', async () => {
  const before = world.kube.list('Namespace').length;
  await world.install(
    '--key',
    world.files.path('key.pub'),
    '--images',
    '*',
    '--pull-secrets-of',
    'default',
    '--trusted-root',
    await world.files.write('root.json', JSON.stringify(createVirtualSigstore().trustedRoot())),
  );
  world.kube.put({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'theirs', namespace: 'default' },
  });
  const { code, stdout, stderr } = await world.cli('uninstall');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^validatingwebhookconfiguration.*\nmutatingwebhookconfiguration.*\n/);
  assert.match(stdout, /namespace\/sign-policy-system deleted\n$/);
  for (const kind of [...WEBHOOK_KINDS, 'CustomResourceDefinition', 'ClusterRole', 'RoleBinding']) {
    assert.deepEqual(world.kube.list(kind), [], kind);
  }
  assert.equal(world.kube.list('Namespace').length, before);
  assert.equal(world.kube.list('ConfigMap').length, 1);
  assert.deepEqual(await world.cli('uninstall'), {
    code: 0,
    stdout: 'Nothing to remove.\n',
    stderr: '',
  });
});

test('uninstall keeps policies that others made, and their kinds', async () => {
  await world.install();
  const theirs = load(
    DIGEST_PATTERN_POLICY.replace('verify-image-signature', 'theirs'),
  ) as JsonObject;
  world.kube.put(theirs);
  const { code, stdout, stderr } = await world.cli('uninstall');
  assert.equal(code, 0);
  assert.match(
    stderr,
    /Warning: clusterpolicies\.kyverno\.io is kept: it holds 1 policy that install did not make/,
  );
  assert.match(stdout, /^clusterpolicy\.kyverno\.io\/verify-image-signature deleted$/m);
  assert.ok(world.kube.get('ClusterPolicy', 'theirs') !== undefined);
  assert.ok(world.kube.get('CustomResourceDefinition', 'clusterpolicies.kyverno.io') !== undefined);
});

for (const { kind, namespace, warning } of [
  {
    kind: 'PolicyException',
    namespace: 'default',
    warning: 'policyexceptions.kyverno.io is kept: it holds 1 exception that install did not make',
  },
  {
    kind: 'GlobalContextEntry',
    namespace: undefined,
    warning: 'globalcontextentries.kyverno.io is kept: it holds 1 entry that install did not make',
  },
]) {
  test(`uninstall keeps the kind ${kind} while there is any`, async () => {
    await world.install();
    const metadata = { name: 'theirs', ...(namespace === undefined ? {} : { namespace }) };
    world.kube.put({ apiVersion: 'kyverno.io/v2', kind, metadata });
    const { code, stderr } = await world.cli('uninstall');
    assert.equal(code, 0);
    assert.ok(stderr.includes(`Warning: ${warning}`), stderr);
    assert.ok(world.kube.get(kind, 'theirs', namespace) !== undefined);
  });
}

test('uninstall takes the reports of the webhook along, and keeps their kind while others have some', async () => {
  await world.install('--policy-reports');
  const report = (name: string, labels: JsonObject): JsonObject => ({
    apiVersion: 'wgpolicyk8s.io/v1alpha2',
    kind: 'PolicyReport',
    metadata: { name, namespace: 'default', labels },
  });
  world.kube.put(report('ours', { 'app.kubernetes.io/managed-by': 'sign-policy' }));
  world.kube.put(report('theirs', { 'app.kubernetes.io/managed-by': 'kyverno' }));
  const { stdout, stderr } = await world.cli('uninstall');
  assert.match(stdout, /^policyreport\.wgpolicyk8s\.io\/ours deleted$/m);
  assert.match(
    stderr,
    /Warning: policyreports\.wgpolicyk8s\.io is kept: it holds 1 report that install did not make/,
  );
  assert.deepEqual(
    world.kube.list('PolicyReport').map(({ metadata }) => metadata.name),
    ['theirs'],
  );
  assert.equal(
    world.kube.get('CustomResourceDefinition', 'clusterpolicyreports.wgpolicyk8s.io'),
    undefined,
  );
});

test('install does not claim a policy that others made, so uninstall keeps it', async () => {
  await world.install('--dry-run=none', '--wait=false');
  await world.cli('uninstall');
  world.kube.serve(...POLICY_KINDS);
  world.kube.put(load(DIGEST_PATTERN_POLICY) as JsonObject);
  const { code, stderr } = await world.install('--force-conflicts');
  assert.equal(code, 0, stderr);
  await world.cli('uninstall');
  assert.ok(world.kube.get('ClusterPolicy', 'verify-image-signature') !== undefined);
});

test('uninstall --dry-run removes nothing', async () => {
  await world.install();
  const count = world.writes().length;
  for (const mode of ['client', 'server']) {
    const { code, stdout } = await world.cli('uninstall', `--dry-run=${mode}`);
    assert.equal(code, 0);
    assert.match(stdout, /deployment\.apps\/sign-policy-webhook deleted \((?:server )?dry run\)/);
  }
  assert.equal(world.writes().length, count);
});
