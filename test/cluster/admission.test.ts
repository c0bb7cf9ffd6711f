import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cronJob, deployment, job, pod } from './manifests.ts';
import { markRunning, waitForPodImages } from './pods.ts';
import { waitFor } from './wait-for.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

/** Holds what ran before the webhook came. */
let oldNamespace: string;

before(async () => {
  world = await startWorld();
  oldNamespace = await world.createNamespace();
  await world.apply(oldNamespace, pod('veteran', world.images.unsigned.byTag));
  await world.apply(oldNamespace, job('veteran', world.images.unsigned.byTag));
  await markRunning(world, oldNamespace, 'veteran');
  await world.install();
});

after(async () => {
  await world.stop();
});

for (const format of ['signed', 'bundled'] as const) {
  test(`a Deployment with the tag of a ${format} image makes Pods with its digest`, async () => {
    const namespace = await world.createNamespace();
    const image = world.images[format];
    const applied = await world.apply(namespace, deployment('web', image.byTag));
    assert.deepEqual(applied, { code: 0, stdout: 'deployment.apps/web created\n', stderr: '' });
    const images = await waitForPodImages(world, { namespace, app: 'web' }, 2);
    assert.deepEqual(images, [image.pinned, image.pinned]);
    const path = '-o=jsonpath={.spec.template.spec.containers[0].image}';
    const written = await world.kubectl(['get', 'deployment', 'web', '-n', namespace, path]);
    assert.equal(written, image.byTag, 'the author’s object keeps what he wrote');
  });
}

test('MNH-25 one Deployment makes one ReplicaSet and stays at its generation', async () => {
  const namespace = await world.createNamespace();
  const { signed } = world.images;
  await world.apply(namespace, deployment('web', signed.byTag));
  await waitForPodImages(world, { namespace, app: 'web' }, 2);
  await world.kubectl(['scale', 'deployment', 'web', '--replicas=4', '-n', namespace]);
  await waitForPodImages(world, { namespace, app: 'web' }, 4);
  const sets = await world.kubectl(['get', 'replicasets', '-n', namespace, '-o', 'name']);
  assert.equal(sets.trim().split('\n').length, 1);
  const path = '-o=jsonpath={.metadata.generation} {.status.collisionCount}';
  const generation = await world.kubectl(['get', 'deployment', 'web', '-n', namespace, path]);
  assert.equal(generation.trim(), '2', 'one for the creation, one for the scaling');
});

test('kubectl diff after kubectl apply finds nothing', async () => {
  const namespace = await world.createNamespace();
  const manifest = deployment('web', world.images.signed.byTag);
  await world.apply(namespace, manifest);
  const diff = await world.cluster.kubectl(['diff', '-n', namespace, '-f', '-'], {
    stdin: JSON.stringify(manifest),
  });
  assert.deepEqual(diff, { code: 0, stdout: '', stderr: '' });
});

test('a CronJob and a Job with a signed image are admitted, and the Job’s Pod is pinned', async () => {
  const namespace = await world.createNamespace();
  const { signed } = world.images;
  const cron = await world.apply(namespace, cronJob('nightly', signed.byTag));
  assert.deepEqual(cron, { code: 0, stdout: 'cronjob.batch/nightly created\n', stderr: '' });
  await world.apply(namespace, job('once', signed.byTag));
  const images = await waitForPodImages(world, { namespace, app: 'once' }, 1);
  assert.deepEqual(images, [signed.pinned]);
});

test('a server-side dry run shows the pin and creates nothing', async () => {
  const namespace = await world.createNamespace();
  const path = '-o=jsonpath={.spec.containers[0].image}';
  const { signed } = world.images;
  const dry = await world.apply(namespace, pod('web', signed.byTag), '--dry-run=server', path);
  assert.deepEqual(dry, { code: 0, stdout: signed.pinned, stderr: '' });
  assert.equal(await world.kubectl(['get', 'pods', '-n', namespace, '-o', 'name']), '');
});

test('the digest of a signed image is admitted and keeps its form', async () => {
  const namespace = await world.createNamespace();
  const { signed } = world.images;
  await world.apply(namespace, pod('web', signed.byDigest));
  const path = '-o=jsonpath={.spec.containers[0].image}';
  assert.equal(await world.kubectl(['get', 'pod', 'web', '-n', namespace, path]), signed.byDigest);
});

/** What kubectl prints before the message of the webhook; the first webhook that is asked refuses. */
const DENIED =
  /^Error from server \(Forbidden\): error when creating "STDIN": admission webhook "([a-z.-]+)" denied the request: /;

test('an unsigned image is refused, and kubectl prints why', async () => {
  const namespace = await world.createNamespace();
  const { unsigned } = world.images;
  const refused = await world.apply(namespace, pod('web', unsigned.byTag));
  assert.equal(refused.code, 1);
  assert.equal(refused.stdout, '');
  assert.match(refused.stderr, DENIED);
  assert.equal(
    refused.stderr.replace(DENIED, ''),
    [
      `resource Pod/${namespace}/web was blocked due to the following policies`,
      '',
      'shop-images:',
      '  signed-by-the-shop: |',
      `    failed to verify image ${unsigned.pinned}: .attestors[0].entries[0].keys: no signatures found`,
      '      in container: main',
      '      found: no signature of any format',
      '      to do: sign this digest (cosign sign --key KEY IMAGE@DIGEST), or run an image that is signed',
      'verify-image-signature:',
      '  check-image-signature: |',
      '    validation error: Image must be signed. rule check-image-signature failed at path /spec/containers/0/image/',
      '      in container: main',
      '      to do: change the object so that it fits the pattern; a tag is pinned only where a policy verifies its signature',
      '',
    ].join('\n'),
  );
});

const REFUSED = [
  { what: 'the digest of an unsigned image', image: () => world.images.unsigned.byDigest },
  { what: 'an image signed with another key', image: () => world.images.foreign.byTag },
  {
    what: 'the digest of an image signed with another key',
    image: () => world.images.foreign.byDigest,
  },
  { what: 'a tag that does not exist', image: () => `${world.images.host}/shop/signed:v9` },
  {
    what: 'the tag of an image that no policy verifies',
    image: () => `${world.images.host}/other/app:v1`,
  },
];

for (const { what, image } of REFUSED) {
  test(`${what} is refused in a Pod, and in a Deployment at once`, async () => {
    const namespace = await world.createNamespace();
    for (const manifest of [pod('web', image()), deployment('web', image())]) {
      const refused = await world.apply(namespace, manifest);
      assert.equal(refused.code, 1, `${String(manifest['kind'])}: ${refused.stdout}`);
      assert.match(refused.stderr, DENIED);
    }
    const left = await world.kubectl(['get', 'pods,deployments', '-n', namespace, '-o', 'name']);
    assert.equal(left, '');
  });
}

test('MNH-27 an unsigned ephemeral container is refused, a signed one is pinned', async () => {
  const namespace = await world.createNamespace();
  const { signed, unsigned } = world.images;
  await world.apply(namespace, pod('web', signed.byTag));
  await markRunning(world, namespace, 'web');
  const debug = ['debug', 'web', '-n', namespace, '--attach=false', '-q'];
  const refused = await world.cluster.kubectl([...debug, `--image=${unsigned.byTag}`]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /admission webhook "[a-z.-]+" denied the request/);
  await world.kubectl([...debug, `--image=${signed.byTag}`]);
  const path = '-o=jsonpath={.spec.ephemeralContainers[*].image}';
  assert.equal(await world.kubectl(['get', 'pod', 'web', '-n', namespace, path]), signed.pinned);
});

test('MNH-27 an unsigned init container beside a signed container is refused', async () => {
  const namespace = await world.createNamespace();
  const { signed, unsigned } = world.images;
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: {
      initContainers: [{ name: 'main-init', image: unsigned.byDigest }],
      containers: [{ name: 'main', image: signed.byTag }],
    },
  };
  const refused = await world.apply(namespace, manifest);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /main-init/);
});

test('MNH-25 a label can be put on a Pod and a Job that ran unsigned before the webhook came', async () => {
  for (const object of ['pod/veteran', 'job/veteran']) {
    const labelled = await world.cluster.kubectl(['label', object, 'a=b', '-n', oldNamespace]);
    assert.deepEqual(labelled, {
      code: 0,
      stdout: `${object === 'pod/veteran' ? object : 'job.batch/veteran'} labeled\n`,
      stderr: '',
    });
  }
  const path = '-o=jsonpath={.spec.containers[0].image}';
  const image = await world.kubectl(['get', 'pod', 'veteran', '-n', oldNamespace, path]);
  assert.equal(image, world.images.unsigned.byTag);
});

test('a Pod that ran unsigned before the webhook came can be deleted', async () => {
  await world.kubectl(['create', '-n', oldNamespace, 'configmap', 'marker']);
  const flags = ['-n', oldNamespace, '--force', '--grace-period=0'];
  const deleted = await world.cluster.kubectl(['delete', 'pod', 'veteran', ...flags]);
  assert.equal(deleted.code, 0, deleted.stderr);
});

test('an image that was signed after it was refused is admitted on the next try', async () => {
  const namespace = await world.createNamespace();
  const late = await world.images.push('late');
  const refused = await world.apply(namespace, pod('web', late.byTag));
  assert.equal(refused.code, 1);
  await world.images.sign(late);
  const admitted = await waitFor('the new signature to count', async () => {
    const result = await world.apply(namespace, pod('web', late.byTag));
    return result.code === 0 ? result : undefined;
  });
  assert.equal(admitted.stdout, 'pod/web created\n');
});

test('the API server counts calls of both webhooks and no failed ones', async () => {
  const metrics = await world.kubectl(['get', '--raw', '/metrics']);
  const calls = metrics
    .split('\n')
    .filter((line) => line.startsWith('apiserver_admission_webhook_request_total{'));
  assert.ok(
    calls.some((line) => line.includes('type="admit"')),
    'mutating calls',
  );
  assert.ok(
    calls.some((line) => line.includes('type="validating"')),
    'validating calls',
  );
  const failures = metrics
    .split('\n')
    .filter((line) => /rejection_count\{.*error_type="(calling|apiserver)/.test(line));
  assert.deepEqual(failures, []);
});
