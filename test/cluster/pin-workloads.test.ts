import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cronJob, deployment, job } from './manifests.ts';
import type { Manifest } from './manifests.ts';
import { waitForPodImages } from './pods.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

before(async () => {
  world = await startWorld({ pin: 'workloads' });
  await world.install();
});

after(async () => {
  await world.stop();
});

const TEMPLATE = '{.spec.template.spec.containers[0].image}';

const CRON_TEMPLATE = TEMPLATE.replace('.spec', '.spec.jobTemplate.spec');

const WORKLOADS = [
  { make: (image: string): Manifest => deployment('web', image), path: TEMPLATE },
  { make: (image: string): Manifest => job('web', image), path: TEMPLATE },
  { make: (image: string): Manifest => cronJob('web', image), path: CRON_TEMPLATE },
];

for (const { make, path } of WORKLOADS) {
  const kind = String(make('')['kind']);

  test(`a ${kind} with the tag of a signed image is pinned itself, and can be labelled`, async () => {
    const namespace = await world.createNamespace();
    const { signed } = world.images;
    const applied = await world.apply(namespace, make(signed.byTag));
    assert.equal(applied.code, 0, applied.stderr);
    const get = ['get', kind, 'web', '-n', namespace, `-o=jsonpath=${path}`];
    assert.equal(await world.kubectl(get), signed.pinned);
    const labelled = await world.cluster.kubectl(['label', kind, 'web', 'a=b', '-n', namespace]);
    assert.equal(labelled.code, 0, labelled.stderr);
    assert.equal(await world.kubectl(get), signed.pinned);
  });
}

// Not for Jobs: their template cannot change, and an unpinned one is a change to the pinned one.
for (const make of [deployment, cronJob]) {
  test(`kubectl diff finds nothing after kubectl apply of a ${make.name}`, async () => {
    const namespace = await world.createNamespace();
    const manifest = make('web', world.images.signed.byTag);
    await world.apply(namespace, manifest);
    const diff = await world.cluster.kubectl(['diff', '-n', namespace, '-f', '-'], {
      stdin: JSON.stringify(manifest),
    });
    assert.deepEqual(diff, { code: 0, stdout: '', stderr: '' });
  });
}

test('MNH-25 objects of a controller are left alone: one ReplicaSet, no collisions', async () => {
  const namespace = await world.createNamespace();
  const { signed } = world.images;
  await world.apply(namespace, deployment('web', signed.byTag));
  const images = await waitForPodImages(world, { namespace, app: 'web' }, 2);
  assert.deepEqual(images, [signed.pinned, signed.pinned]);
  const sets = await world.kubectl(['get', 'replicasets', '-n', namespace, '-o', 'name']);
  assert.equal(sets.trim().split('\n').length, 1);
  const status = await world.kubectl([
    'get',
    'deployment',
    'web',
    '-n',
    namespace,
    '-o=jsonpath={.metadata.generation}{.status.collisionCount}',
  ]);
  assert.equal(status, '1');
});

test('kubectl apply of the unchanged manifest starts no rollout', async () => {
  const namespace = await world.createNamespace();
  const manifest = deployment('web', world.images.signed.byTag);
  await world.apply(namespace, manifest);
  const again = await world.apply(namespace, manifest);
  assert.equal(again.code, 0, again.stderr);
  const path = '-o=jsonpath={.metadata.generation}';
  assert.equal(await world.kubectl(['get', 'deployment', 'web', '-n', namespace, path]), '1');
});
