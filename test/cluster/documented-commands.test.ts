import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { keyPolicy } from './manifests.ts';
import type { Manifest } from './manifests.ts';
import { waitFor } from './wait-for.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

// What the documentation of image policies tells people to type, word for word.

const POLICY = 'check-image';

let world: World;

before(async () => {
  world = await startWorld();
  await world.install();
  await world.kubectl(['delete', 'clusterpolicy', '--all']);
  await world.waitUntil('admitted', world.images.unsigned.byTag);
});

after(async () => {
  await world.stop();
});

/** The policy with `changes` to its only entry. */
function policy(changes: object = {}): Manifest {
  const written = structuredClone(keyPolicy(world.images)) as {
    readonly metadata: { name: string };
    readonly spec: { readonly rules: readonly { readonly verifyImages: readonly object[] }[] };
  };
  written.metadata.name = POLICY;
  const [entry = {}] = written.spec.rules[0]?.verifyImages ?? [];
  Object.assign(entry, changes);
  return { ...written };
}

/** What `kubectl get clusterpolicy` shows, once it shows this in the column READY. */
async function waitForReady(wanted: 'True' | 'False'): Promise<string> {
  return waitFor(`kubectl get clusterpolicy to show ${wanted}`, async () => {
    const table = await world.kubectl(['get', 'clusterpolicy', POLICY]);
    const [header = [], row = []] = table.split('\n').map((line) => line.trim().split(/\s+/));
    return row[header.indexOf('READY')] === wanted ? table : undefined;
  });
}

test('documented commands: a policy that was applied shows Ready', async () => {
  const applied = await world.apply('default', policy());
  assert.deepEqual(applied, {
    code: 0,
    stdout: `clusterpolicy.kyverno.io/${POLICY} created\n`,
    stderr: '',
  });
  assert.match(await waitForReady('True'), / In force\n$/);
  assert.match(
    await world.kubectl(['get', 'cpol']),
    /^NAME +ADMISSION +BACKGROUND +READY +AGE +MESSAGE\ncheck-image +true +true +True /,
  );
  await world.kubectl(['wait', `clusterpolicy/${POLICY}`, '--for=condition=Ready']);
});

test('documented commands: kubectl run with an unsigned image is refused, and says why', async () => {
  const { unsigned } = world.images;
  const { code, stdout, stderr } = await world.cluster.kubectl([
    'run',
    'unsigned',
    `--image=${unsigned.byTag}`,
  ]);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /resource Pod\/default\/unsigned was blocked due to the following policies/);
  assert.ok(stderr.includes(`failed to verify image ${unsigned.pinned}: `), stderr);
});

test('documented commands: kubectl create deployment with an unsigned image is refused at once', async () => {
  const image = `--image=${world.images.unsigned.byTag}`;
  const refused = await world.cluster.kubectl(['create', 'deployment', 'unsigned', image]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /autogen-signed-by-the-shop/);
});

test('documented commands: kubectl run with a signed image runs its digest', async () => {
  const { signed } = world.images;
  const run = await world.cluster.kubectl(['run', 'signed', `--image=${signed.byTag}`]);
  assert.deepEqual(run, { code: 0, stdout: 'pod/signed created\n', stderr: '' });
  const path = '-o=jsonpath={.spec.containers[0].image}';
  assert.equal(await world.kubectl(['get', 'pod', 'signed', path]), signed.pinned);
});

test('MNH-10 documented commands: a policy that cannot be honoured shows it, and refuses what it is for', async () => {
  await world.apply(
    'default',
    policy({ attestations: [{ type: 'https://slsa.dev/provenance/v1' }] }),
  );
  assert.match(await waitForReady('False'), /rules that cannot be judged never pass: .*attestors/);
  const image = `--image=${world.images.signed.byTag}`;
  const refused = await world.cluster.kubectl(['run', 'unjudged', image]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /attestations\[0\]\.attestors/);
});
