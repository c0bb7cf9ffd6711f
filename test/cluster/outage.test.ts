import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deployment, pod } from './manifests.ts';
import { waitForPodImages } from './pods.ts';
import { waitFor } from './wait-for.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

before(async () => {
  world = await startWorld();
  await world.install();
});

after(async () => {
  await world.stop();
});

test('while the webhook is down Pods are refused, and the mutating webhook does not stand in the way', async () => {
  const namespace = await world.createNamespace();
  await world.webhook.stop('SIGKILL');
  const refused = await world.apply(namespace, pod('web', world.images.signed.byTag));
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^Error from server \(InternalError\): .*failed calling webhook "(validate[a-z.-]*)": .*connect: connection refused\n$/s,
  );
  const metrics = await world.kubectl(['get', '--raw', '/metrics']);
  assert.match(metrics, /apiserver_admission_webhook_fail_open_count\{.*type="admit"\} [1-9]/);
  assert.doesNotMatch(
    metrics,
    /apiserver_admission_webhook_fail_open_count\{.*type="validating"\}/,
  );
});

test('MNH-30 while the webhook is down kube-system, and objects without images, go on', async () => {
  const inSystem = await world.apply('kube-system', pod('dns', 'dns:1'));
  assert.deepEqual(inSystem, { code: 0, stdout: 'pod/dns created\n', stderr: '' });
  const configMap = await world.cluster.kubectl(['create', 'configmap', 'settings']);
  assert.deepEqual(configMap, { code: 0, stdout: 'configmap/settings created\n', stderr: '' });
  await world.kubectl(['delete', 'configmap', 'settings']);
  await world.kubectl(['delete', 'pod', 'dns', '-n', 'kube-system', '--force', '--grace-period=0']);
});

test('when the webhook is back everything goes on by itself: the controllers try again', async () => {
  const namespace = await world.createNamespace();
  await world.webhook.start();
  await world.waitUntil('admitted', world.images.signed.byTag);
  await world.apply(namespace, deployment('web', world.images.signed.byTag));
  await waitForPodImages(world, { namespace, app: 'web' }, 2);
  await world.webhook.stop('SIGKILL');
  await world.kubectl(['delete', 'pods', '--all', '-n', namespace, '--force', '--grace-period=0']);
  const events = ['get', 'events', '-n', namespace, '--field-selector=reason=FailedCreate'];
  await waitFor('a controller that was refused', async () => {
    const text = await world.kubectl([...events, '-o', 'name']);
    return text === '' ? undefined : text;
  });
  await world.webhook.start();
  const images = await waitForPodImages(world, { namespace, app: 'web' }, 2);
  assert.deepEqual(new Set(images), new Set([world.images.signed.pinned]));
});

test('MNH-32 while the registry is down an image is refused as "cannot find out", not as unsigned', async () => {
  const namespace = await world.createNamespace();
  const image = await world.images.push('unseen');
  await world.images.registry.stop();
  const refused = await world.apply(namespace, pod('web', image.byTag));
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^Error from server \((ServiceUnavailable|ServerTimeout)\): .*was blocked because the following policies could not be checked\n/,
  );
  assert.match(refused.stderr, /unseen/);
  assert.doesNotMatch(refused.stderr, /no signatures found|not found/);
});
