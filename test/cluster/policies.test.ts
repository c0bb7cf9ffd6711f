import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { digestPolicy, keyPolicy, pod } from './manifests.ts';
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

test('policies that are deleted stop deciding, and decide again when they are back', async () => {
  const { unsigned, signed } = world.images;
  await world.kubectl(['delete', 'clusterpolicies.kyverno.io', '--all']);
  await world.waitUntil('admitted', unsigned.byTag);
  for (const policy of [digestPolicy(), keyPolicy(world.images)]) {
    const applied = await world.apply('default', policy);
    assert.equal(applied.code, 0, applied.stderr);
  }
  await world.waitUntil('refused', unsigned.byTag);
  await world.waitUntil('admitted', signed.byTag);
});

test('a policy in audit mode admits and warns, and refuses again in enforce mode', async () => {
  const namespace = await world.createNamespace();
  const { foreign } = world.images;
  await world.apply('default', keyPolicy({ ...world.images, action: 'Audit' }));
  await world.waitUntil('admitted', foreign.byDigest);
  const admitted = await world.apply(namespace, pod('web', foreign.byDigest));
  assert.equal(admitted.code, 0);
  assert.equal(admitted.stdout, 'pod/web created\n');
  assert.match(
    admitted.stderr,
    /^Warning: policy shop-images\.signed-by-the-shop: failed to verify image /,
  );
  await world.apply('default', keyPolicy(world.images));
  await world.waitUntil('refused', foreign.byDigest);
});

test('a namespaced policy of another namespace is not asked, one of this namespace is', async () => {
  const strict = await world.createNamespace();
  const free = await world.createNamespace();
  await world.kubectl(['delete', 'clusterpolicies.kyverno.io', '--all']);
  await world.waitUntil('admitted', world.images.unsigned.byTag);
  await world.apply(strict, { ...digestPolicy(), kind: 'Policy' });
  await waitFor('the policy of the namespace to refuse', async () => {
    const dry = await world.apply(
      strict,
      pod('web', world.images.unsigned.byTag),
      '--dry-run=server',
    );
    return dry.code === 1 ? true : undefined;
  });
  const admitted = await world.apply(free, pod('web', world.images.unsigned.byTag));
  assert.deepEqual(admitted, { code: 0, stdout: 'pod/web created\n', stderr: '' });
});

test('a broken change of a policy leaves the last good one in force', async () => {
  await world.apply('default', digestPolicy());
  await world.waitUntil('refused', world.images.unsigned.byTag);
  const patch = JSON.stringify({ spec: { rules: [{ name: 'check-image-signature', match: 7 }] } });
  const policy = 'clusterpolicies.kyverno.io/verify-image-signature';
  await world.kubectl(['patch', policy, '--type=merge', '-p', patch]);
  await waitFor('the webhook to tell about the fault', async () => {
    const log = await world.webhook.log();
    return log.includes('spec.rules[0].match') ? log : undefined;
  });
  await world.waitUntil('refused', world.images.unsigned.byTag);
});
