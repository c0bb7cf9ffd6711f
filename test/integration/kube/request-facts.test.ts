import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { KubeError } from '#shared/kube/kube-error.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { NamespaceLabels } from '#shared/kube/namespace-labels.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import { RoleBindings } from '#shared/kube/role-bindings.ts';
import { testClock, type TestClock } from '#test/support/admission/engine.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { until } from '#test/support/kube/until.ts';

const FORBIDDEN = { kind: 'status', code: 403, reason: 'Forbidden' } as const;

let fake: FakeKube;
let kube: Kube;
let directory: string;
let clock: TestClock;
let stop: AbortController;

beforeEach(async () => {
  fake = await startFakeKube();
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-facts-'));
  await writeFile(join(directory, 'kubeconfig'), fake.kubeconfig());
  kube = await openKube({ kubeconfig: join(directory, 'kubeconfig') });
  clock = testClock();
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await fake.close();
  await rm(directory, { recursive: true });
});

function putNamespace(name: string, labels: Record<string, string>): void {
  fake.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

function gets(): number {
  return fake.requests.filter(({ url }) => url.startsWith('/api/v1/namespaces/')).length;
}

test('NamespaceLabels: nothing is asked before somebody needs them, then one watch serves all', async () => {
  putNamespace('prod', { env: 'prod' });
  putNamespace('dev', {});
  const namespaces = new NamespaceLabels(kube, { clock, signal: stop.signal });
  assert.equal(fake.requests.length, 0);
  assert.deepEqual(await namespaces.of('prod', undefined), { env: 'prod' });
  assert.deepEqual(await namespaces.of('dev', undefined), {});
  assert.equal(gets(), 0);
});

test('NamespaceLabels: follows changes', async () => {
  putNamespace('prod', { env: 'dev' });
  const namespaces = new NamespaceLabels(kube, { clock, signal: stop.signal });
  await namespaces.of('prod', undefined);
  await until('the watch', () => fake.openWatches() === 1);
  putNamespace('prod', { env: 'prod' });
  await until('the new label', async () => {
    return (await namespaces.of('prod', undefined))['env'] === 'prod';
  });
});

test('MNH-18 NamespaceLabels: a namespace that the watch has not seen is asked for, and must exist', async () => {
  const namespaces = new NamespaceLabels(kube, { clock, signal: stop.signal });
  await assert.rejects(namespaces.of('new', undefined), {
    code: 'NOT_FOUND',
    message: 'Cannot get namespace "new": it does not exist',
  });
});

test('MNH-18 NamespaceLabels: what cannot be listed is an error', async () => {
  fake.fail({ path: /namespaces/, outcome: FORBIDDEN });
  const namespaces = new NamespaceLabels(kube, { clock, signal: stop.signal });
  await assert.rejects(namespaces.of('prod', undefined), { name: 'KubeError', code: 'FORBIDDEN' });
});

test('NamespaceLabels: the last labels count while the API server is away for a moment, and no longer', async () => {
  putNamespace('prod', { env: 'prod' });
  const namespaces = new NamespaceLabels(kube, { clock, signal: stop.signal });
  await namespaces.of('prod', undefined);
  await until('the watch', () => fake.openWatches() === 1);
  const before = fake.requests.length;
  fake.fail({ path: /namespaces/, outcome: { kind: 'status', code: 500 } });
  fake.compact();
  await until('a failed list', () => fake.requests.length > before + 1);
  assert.deepEqual(await namespaces.of('prod', undefined), { env: 'prod' });
  await until('the trouble is known', async () => {
    clock.advance(31_000);
    return namespaces.of('prod', undefined).then(
      () => false,
      (error: unknown) => error instanceof KubeError && error.code === 'SERVER_ERROR',
    );
  });
});

test('MNH-17 NamespaceLabels: nobody waits longer than they may', async () => {
  const namespaces = new NamespaceLabels(kube, { clock, signal: stop.signal });
  await assert.rejects(namespaces.of('prod', AbortSignal.abort(new Error('too late'))), {
    message: 'too late',
  });
});

const RBAC = 'rbac.authorization.k8s.io/v1';

function bind(kind: string, name: string, more: JsonObject & { namespace?: string }): void {
  const { namespace, ...rest } = more;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  fake.put({ apiVersion: RBAC, kind, metadata, ...rest });
}

const EVE = { kind: 'User', name: 'eve' };

test('RoleBindings: what is bound to a user, to their groups, or to a service account', async () => {
  const role = { kind: 'Role', name: 'editor' };
  const view = { kind: 'ClusterRole', name: 'view' };
  bind('RoleBinding', 'a', { namespace: 'team-a', subjects: [EVE], roleRef: role });
  bind('RoleBinding', 'b', { namespace: 'team-a', subjects: [EVE], roleRef: view });
  bind('RoleBinding', 'c', {
    namespace: 'team-b',
    subjects: [{ kind: 'Group', name: 'dev' }],
    roleRef: { kind: 'ClusterRole', name: 'edit' },
  });
  bind('RoleBinding', 'd', {
    namespace: 'team-b',
    subjects: [{ kind: 'ServiceAccount', name: 'robot' }],
    roleRef: role,
  });
  bind('ClusterRoleBinding', 'e', {
    subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'team-b' }],
    roleRef: view,
  });
  bind('ClusterRoleBinding', 'f', { subjects: [{ kind: 'Robot', name: 'eve' }], roleRef: view });
  const bindings = new RoleBindings(kube, { clock, signal: stop.signal });
  assert.equal(fake.requests.length, 0);
  const rolesOf = async (username: string, namespace: string): Promise<unknown> =>
    bindings.rolesOf({ username, groups: ['dev'], namespace }, undefined);
  // A ClusterRole that is bound in a namespace counts there only.
  assert.deepEqual(await rolesOf('eve', 'team-a'), {
    roles: ['team-a:editor'],
    clusterRoles: ['view'],
  });
  assert.deepEqual(await rolesOf('eve', 'team-b'), {
    roles: ['team-a:editor'],
    clusterRoles: ['edit'],
  });
  assert.deepEqual(await rolesOf('system:serviceaccount:team-b:robot', ''), {
    roles: ['team-b:editor'],
    clusterRoles: ['view'],
  });
  assert.deepEqual(await rolesOf('bob', ''), { roles: [], clusterRoles: [] });
});

test('MNH-18 RoleBindings: half of the bindings are not known for none', async () => {
  bind('RoleBinding', 'a', {
    namespace: 'a',
    subjects: [EVE],
    roleRef: { kind: 'Role', name: 'editor' },
  });
  fake.fail({ path: /\/clusterrolebindings/, outcome: FORBIDDEN });
  const bindings = new RoleBindings(kube, { clock, signal: stop.signal });
  await assert.rejects(
    bindings.rolesOf({ username: 'eve', groups: [], namespace: 'a' }, undefined),
    { code: 'FORBIDDEN' },
  );
});
