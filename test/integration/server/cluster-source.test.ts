import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createLog } from '#server/observe/log.ts';
import { startClusterSource } from '#server/policy/cluster-source.ts';
import { PolicyStore } from '#server/policy/policy-store.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { parseDocuments } from '#shared/document/parse-documents.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { POLICY_KINDS } from '#test/support/kube/served-types.ts';
import { until } from '#test/support/kube/until.ts';
import { policyText } from './policy-fixture.ts';

let fake: FakeKube;
let directory: string;
let stop: AbortController;
let store: PolicyStore;
let lines: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-cluster-'));
  fake = await startFakeKube({ types: POLICY_KINDS });
  stop = new AbortController();
  store = new PolicyStore();
  lines = [];
});

afterEach(async () => {
  stop.abort();
  await fake.close();
  await rm(directory, { recursive: true });
});

async function start(): Promise<void> {
  const file = join(directory, 'kubeconfig');
  await writeFile(file, fake.kubeconfig());
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const kube = await openKube({ kubeconfig: file });
  startClusterSource({ kube, log, publish: store.source('cluster'), signal: stop.signal });
}

function policy(name: string, change: (text: string) => string = (text) => text): JsonObject {
  return parseDocuments(change(policyText(name)), name)[0]?.value as JsonObject;
}

function namespaced(name: string, namespace: string): JsonObject {
  return { ...policy(name), kind: 'Policy', metadata: { name, namespace } };
}

async function waitForNames(...wanted: readonly string[]): Promise<void> {
  await until(`policies ${wanted.join(', ')}`, () => {
    const names = store
      .current()
      ?.policies.map(({ name, namespace }) =>
        namespace === undefined ? name : `${namespace}/${name}`,
      );
    return names?.toSorted().join() === wanted.join();
  });
}

test('policies of all kinds take effect, change and go with their objects', async () => {
  fake.put(policy('a'));
  await start();
  await waitForNames('a');
  fake.put(namespaced('b', 'team-a'));
  fake.put({ ...policy('c'), apiVersion: 'sign-policy.dev/v1alpha1', kind: 'ClusterSignPolicy' });
  await waitForNames('a', 'c', 'team-a/b');
  fake.put(policy('a', (text) => text.replace('Enforce', 'Audit')));
  await until('the change', () =>
    store
      .current()
      ?.policies.some(({ name, rules }) => name === 'a' && rules[0]?.action.mode === 'audit'),
  );
  fake.remove(policy('a'));
  await waitForNames('c', 'team-a/b');
});

test('a cluster without any of the kinds has no policies, and is ready', async () => {
  for (const { group, resource } of POLICY_KINDS) fake.unserve(group, resource);
  await start();
  await waitForNames();
});

test('MNH-18 without the right to list policies there is no policy set, and the log says what is missing', async () => {
  fake.fail({
    path: /clusterpolicies/,
    outcome: { kind: 'status', code: 403, reason: 'Forbidden', message: 'User "x" cannot list' },
  });
  await start();
  await until('the refusal in the log', () =>
    lines.some((line) => line.includes('User \\"x\\" cannot list')),
  );
  assert.equal(store.current(), undefined);
  assert.deepEqual(store.pending(), ['cluster']);
  fake.heal();
  await waitForNames();
});

test('MNH-18 an API server that is starting (404 for everything) does not mean "no policy"', async () => {
  fake.put(policy('a'));
  fake.fail({
    path: /kyverno\.io\/v1\/cluster/,
    times: 2,
    outcome: { kind: 'text', code: 404, text: '404 page not found' },
  });
  await start();
  await waitForNames('a');
});

test('an outage of the API server keeps the policies, and what changed meanwhile is seen afterwards', async () => {
  fake.put(policy('a'));
  await start();
  await waitForNames('a');
  await until('all watches', () => fake.openWatches() === POLICY_KINDS.length);
  fake.fail({ path: /watch=true/, times: 3, outcome: { kind: 'cut' } });
  fake.cutWatches();
  fake.put(policy('b'));
  assert.equal(store.current()?.policies.length, 1);
  await waitForNames('a', 'b');
});

test('MNH-06 a policy that breaks keeps its last good version, and the problem is told', async () => {
  fake.put(policy('a'));
  await start();
  await waitForNames('a');
  const good = store.current()?.policies[0];
  fake.put(policy('a', (text) => text.replace('kinds:', 'kindz:')));
  await until('the problem', () => store.problems().length === 1);
  assert.equal(store.current()?.policies[0], good);
  assert.match(
    store.problems()[0] ?? '',
    /^Cannot use ClusterPolicy "a" \(its last good version stays in force\): spec\.rules\[0\]\.match.*kindz/,
  );
  fake.put(policy('a'));
  await until('the repair', () => store.problems().length === 0);
});

test('MNH-06 a policy that was never good refuses what it covers if it says Enforce, and only reports if not', async () => {
  const broken = (text: string): string => text.replace('kinds:', 'kindz:');
  fake.put(policy('a', broken));
  await start();
  await waitForNames('a');
  assert.equal(store.current()?.enforcing, true);
  assert.equal(store.current()?.policies[0]?.rules[0]?.kind, 'unsupported');
  assert.match(store.problems()[0] ?? '', /what it covers cannot be judged/);
  fake.put(policy('a', (text) => broken(text).replace('Enforce', 'Audit')));
  await until('the change', () => store.current()?.enforcing === false);
});
