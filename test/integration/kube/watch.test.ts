import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openKube } from '#shared/kube/open-kube.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { until } from '#test/support/kube/until.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };

let fake: FakeKube;
let directory: string;
let stop: AbortController;
let sets: (readonly string[])[];
let errors: unknown[];

beforeEach(async () => {
  fake = await startFakeKube();
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-watch-'));
  stop = new AbortController();
  sets = [];
  errors = [];
});

afterEach(async () => {
  stop.abort();
  await fake.close();
  await rm(directory, { recursive: true });
});

async function watch(onItems: (names: readonly string[]) => void = () => undefined): Promise<void> {
  await writeFile(join(directory, 'kubeconfig'), fake.kubeconfig());
  const kube = await openKube({ kubeconfig: join(directory, 'kubeconfig') });
  kube.watch(
    CONFIG_MAPS,
    {
      onItems: (items) => {
        const names = items.map(({ metadata }) => metadata.name).toSorted();
        sets.push(names);
        onItems(names);
      },
      onError: (error) => errors.push(error),
    },
    stop.signal,
  );
}

function configMap(name: string): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } };
}

async function waitFor(...names: readonly string[]): Promise<void> {
  await until(`the set ${names.join()}`, () => sets.at(-1)?.join() === names.join());
}

async function watching(): Promise<void> {
  await until('a watch', () => fake.openWatches() === 1);
}

function lists(): number {
  return fake.requests.filter(({ url }) => !url.includes('watch=true')).length;
}

test('watch: the whole set at first and after each change; bursts come together', async () => {
  fake.put(configMap('a'));
  await watch();
  await waitFor('a');
  await watching();
  for (let index = 0; index < 50; index += 1) fake.put(configMap(`b-${index}`));
  for (let index = 0; index < 50; index += 1) fake.remove(configMap(`b-${index}`));
  fake.put(configMap('c'));
  await waitFor('a', 'c');
  assert(sets.length < 20, `${sets.length} calls for 101 changes`);
  assert.equal(lists(), 1);
  assert.deepEqual(errors, []);
});

test('watch: asks for bookmarks, and resumes a cut connection from the last version without a new list', async () => {
  await watch();
  await watching();
  fake.put(configMap('a'));
  await waitFor('a');
  fake.cutWatches();
  fake.put(configMap('b'));
  await waitFor('a', 'b');
  assert.equal(lists(), 1);
  assert.match(
    fake.requests.at(-1)?.url ?? '',
    /allowWatchBookmarks=true&resourceVersion=\d+&timeoutSeconds=\d+/,
  );
  assert.deepEqual(errors, []);
});

test('watch: 410 Gone is repaired by a new list', async () => {
  await watch();
  await watching();
  fake.compact();
  fake.put(configMap('a'));
  await waitFor('a');
  assert.equal(lists(), 2);
  assert.deepEqual(errors, []);
});

test('MNH-18 watch: errors are told and retried, and are never an empty set', async () => {
  fake.put(configMap('a'));
  fake.fail({
    path: /configmaps/,
    times: 2,
    outcome: { kind: 'status', code: 403, reason: 'Forbidden' },
  });
  await watch();
  await waitFor('a');
  assert.equal(errors.length, 2);
  assert.deepEqual(sets, [['a']]);
});

test('watch: a type that is not served is an empty set', async () => {
  fake.unserve('', 'configmaps');
  await watch();
  await until('a set', () => sets.length > 0);
  assert.deepEqual(sets, [[]]);
});

test('watch: a handler that throws is told about, and the watch goes on', async () => {
  let calls = 0;
  await watch(() => {
    calls += 1;
    if (calls === 1) throw new Error('handler broke');
  });
  await watching();
  fake.put(configMap('a'));
  await until('a second call', () => calls === 2);
  assert.match(String(errors[0]), /handler broke/);
});

test('watch: ends when its signal aborts', async () => {
  await watch();
  await watching();
  stop.abort();
  await until('no watch', () => fake.openWatches() === 0);
  assert.deepEqual(errors, []);
});
