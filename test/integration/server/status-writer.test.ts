import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createLog } from '#server/observe/log.ts';
import { startClusterSource } from '#server/policy/cluster-source.ts';
import { PolicyStore } from '#server/policy/policy-store.ts';
import type { UnregisteredKinds } from '#server/policy/policy-status.ts';
import { StatusWriter } from '#server/policy/status-writer.ts';
import { systemClock } from '#shared/base/clock.ts';
import { type JsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import { parseDocuments } from '#shared/document/parse-documents.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { POLICY_KINDS } from '#test/support/kube/served-types.ts';
import { until } from '#test/support/kube/until.ts';
import { policyText } from './policy-fixture.ts';

let fake: FakeKube;
let directory: string;
let stop: AbortController;
let lines: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-status-'));
  fake = await startFakeKube({ types: POLICY_KINDS });
  stop = new AbortController();
  lines = [];
  unregistered = [];
});

afterEach(async () => {
  stop.abort();
  await fake.close();
  await rm(directory, { recursive: true });
});

/** What the webhook is not registered for, of any policy. */
let unregistered: readonly UnregisteredKinds[];
let statuses: StatusWriter;

/** One replica of the webhook, as far as policies go. */
async function startReplica(interval = 20): Promise<PolicyStore> {
  const file = join(directory, 'kubeconfig');
  await writeFile(file, fake.kubeconfig());
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const kube = await openKube({ kubeconfig: file });
  const { signal } = stop;
  const writer = new StatusWriter({
    kube,
    log,
    signal,
    clock: systemClock,
    interval,
    unregistered: () => unregistered,
  });
  statuses = writer;
  const store = new PolicyStore();
  startClusterSource({
    kube,
    log,
    signal,
    publish: store.source('cluster'),
    onReadings: (readings) => writer.take(readings),
  });
  return store;
}

function own(change: (text: string) => string = (text) => text): JsonObject {
  const text = change(policyText('a'))
    .replace('kyverno.io/v1', 'sign-policy.dev/v1alpha1')
    .replace('ClusterPolicy', 'ClusterSignPolicy');
  return parseDocuments(text, 'a')[0]?.value as JsonObject;
}

/** The definition of Kyverno's kind, by whoever brought it. */
function definition(owner: string): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: 'clusterpolicies.kyverno.io',
      labels: { 'app.kubernetes.io/managed-by': owner },
    },
  };
}

function condition(): JsonValue | undefined {
  const status = member(fake.get('ClusterSignPolicy', 'a'), 'status');
  const conditions = member(status, 'conditions');
  return Array.isArray(conditions) ? (conditions[0] as JsonValue) : undefined;
}

async function waitForReady(status: 'True' | 'False'): Promise<void> {
  await until(`Ready to be ${status}`, () => stringAt(condition(), 'status') === status);
}

function writes(): number {
  return fake.requests.filter(({ method }) => method === 'PATCH').length;
}

test('policy status: a good policy becomes ready, a broken one tells its fault, a repaired one is ready again', async () => {
  fake.put(own());
  const store = await startReplica();
  await waitForReady('True');
  fake.put({ ...own((text) => text.replace('kinds:', 'kindz:')) });
  await waitForReady('False');
  assert.equal(stringAt(condition(), 'reason'), 'LastGoodVersionInForce');
  assert.match(stringAt(condition(), 'message') ?? '', /kindz/);
  assert.equal(store.current()?.policies[0]?.rules[0]?.kind, 'validate');
  fake.put(own());
  await waitForReady('True');
});

test('MNH-28 policy status: tells of kinds that are not registered as soon as that is known', async () => {
  fake.put(own());
  await startReplica();
  await waitForReady('True');
  const kind = { group: 'tekton.dev', version: 'v1', kind: 'Task', subresource: '' };
  unregistered = [{ kinds: [kind], reason: 'it is refused' }];
  statuses.refresh();
  await waitForReady('False');
  assert.equal(stringAt(condition(), 'reason'), 'NotRegistered');
  unregistered = [];
  statuses.refresh();
  await waitForReady('True');
});

test('policy status: where Kyverno brought its kinds, only our own are written to', async () => {
  fake.put(definition('Helm'));
  fake.put(parseDocuments(policyText('theirs'), 'theirs')[0]?.value as JsonObject);
  fake.put(own());
  await startReplica();
  await waitForReady('True');
  const paths = fake.requests.filter(({ method }) => method === 'PATCH').map(({ url }) => url);
  assert.ok(paths.length > 0);
  for (const path of paths)
    assert.equal(path, '/apis/sign-policy.dev/v1alpha1/clustersignpolicies/a/status');
});

test('policy status: where install brought Kyverno’s kinds, they show whether they are ready', async () => {
  fake.put(definition('sign-policy'));
  fake.put(parseDocuments(policyText('a'), 'a')[0]?.value as JsonObject);
  await startReplica();
  await until('the status', () => {
    const status = member(fake.get('ClusterPolicy', 'a'), 'status');
    return member(status, 'ready') === true;
  });
});

test('policy status: several replicas come to one status and then leave it alone', async () => {
  fake.put(own());
  const pause = 600_000;
  const stores = [await startReplica(pause), await startReplica(pause), await startReplica(pause)];
  await waitForReady('True');
  fake.put({ ...own(), metadata: { name: 'b' } });
  await until('the second policy everywhere', () =>
    stores.every((store) => store.current()?.policies.length === 2),
  );
  await until('its status', () => member(fake.get('ClusterSignPolicy', 'b'), 'status'));
  fake.put({ ...own(), metadata: { name: 'c' } });
  await until('the third policy', () => member(fake.get('ClusterSignPolicy', 'c'), 'status'));
  assert.ok(writes() <= 9, `${writes()} writes for three policies and three replicas`);
});

test('policy status: a status that cannot be written is tried again and said in the log', async () => {
  fake.put(own());
  fake.fail({
    path: /\/status/,
    times: 2,
    outcome: { kind: 'status', code: 403, reason: 'Forbidden', message: 'User "x" cannot patch' },
  });
  const store = await startReplica();
  await waitForReady('True');
  assert.equal(store.current()?.policies.length, 1);
  const told = lines.filter((line) => line.includes('cannot write policy status'));
  assert.equal(told.length, 2);
  assert.match(told[0] ?? '', /clustersignpolicies\/\/a.*User \\"x\\" cannot patch/);
});

test('policy status: a status that somebody else wrote is put right', async () => {
  fake.put(own());
  await startReplica();
  await waitForReady('True');
  fake.put({ ...own(), status: { ready: false } });
  await waitForReady('True');
});
