import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { digestPolicy, pod } from './manifests.ts';
import type { Manifest } from './manifests.ts';
import type { CommandResult } from './run-command.ts';
import { waitFor } from './wait-for.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let namespace: string;

before(async () => {
  world = await startWorld({ flags: ['--exception-namespace=security'] });
  await world.install();
  await world.kubectl(['create', 'namespace', 'security']);
  namespace = await world.createNamespace();
});

after(async () => {
  await world.stop();
});

const POLICY = 'verify-image-signature';

function exception(where: string): Manifest {
  return {
    apiVersion: 'kyverno.io/v2',
    kind: 'PolicyException',
    metadata: { name: 'pass', namespace: where },
    spec: {
      match: { any: [{ resources: { kinds: ['Pod'], namespaces: [namespace] } }] },
      exceptions: [
        { policyName: POLICY, ruleNames: ['*'] },
        { policyName: 'shop-images', ruleNames: ['*'] },
      ],
    },
  };
}

async function tryPod(): Promise<CommandResult> {
  return world.apply(namespace, pod('web', world.images.unsigned.byTag), '--dry-run=server');
}

test('exceptions: one counts only in a namespace that the webhook was told, and only while it is there', async () => {
  await world.apply('default', exception('default'));
  assert.equal((await tryPod()).code, 1);
  const applied = await world.apply('security', exception('security'));
  assert.equal(applied.code, 0, applied.stderr);
  await waitFor('the exception to count', async () =>
    (await tryPod()).code === 0 ? true : undefined,
  );
  await world.waitUntil('refused', world.images.unsigned.byTag);
  await world.kubectl(['delete', 'polex', 'pass', '-n', 'security']);
  await waitFor('the exception to be gone', async () =>
    (await tryPod()).code === 1 ? true : undefined,
  );
});

/** The policy in a namespace of its own, so that RBAC of the whole cluster says who may bypass it. */
function bypassable(): Manifest {
  const annotations = { 'sign-policy.dev/allow-bypass': 'true' };
  return { ...digestPolicy(), metadata: { name: POLICY, annotations } };
}

function emergency(name: string): Manifest {
  const annotations = {
    'policies.kyverno.io/skip': POLICY,
    'sign-policy.dev/skip-reason': 'incident 42',
    'sign-policy.dev/skip-until': new Date(Date.now() + 3_600_000).toISOString(),
  };
  return { ...pod(name, 'registry.example/fix:1'), metadata: { name, annotations } };
}

test('bypass: who has the right on the policy gets in with reason and end, and nobody else does', async () => {
  await world.kubectl(['delete', 'clusterpolicies.kyverno.io', 'shop-images']);
  await world.apply('default', bypassable());
  const role = ['create', 'clusterrole'];
  await world.kubectl([...role, 'pods', '--verb=create,get,patch', '--resource=pods']);
  const bypass = ['--verb=bypass', `--resource-name=${POLICY}`];
  await world.kubectl([...role, 'emergency', ...bypass, '--resource=clusterpolicies.kyverno.io']);
  const bind = ['create', 'clusterrolebinding'];
  await world.kubectl([...bind, 'pods', '--clusterrole=pods', '--user=ops', '--user=dev']);
  await world.kubectl([...bind, 'emergency', '--clusterrole=emergency', '--user=ops']);
  const [ops, dev] = await Promise.all(
    ['ops', 'dev'].map((user) => world.cluster.kubeconfigFor(user)),
  );
  assert.ok(ops !== undefined && dev !== undefined);
  const create = (name: string, kubeconfig: string): Promise<CommandResult> =>
    world.cluster.kubectl(['create', '-n', namespace, '-f', '-'], {
      stdin: JSON.stringify(emergency(name)),
      kubeconfig,
    });
  const allowed = await waitFor('the bypass', async () => {
    const result = await create('fix', ops);
    return result.code === 0 ? result : undefined;
  });
  assert.match(
    allowed.stderr,
    /^Warning: policy verify-image-signature is bypassed by ops until .*: incident 42$/m,
  );
  const refused = await create('evil', dev);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /Warning: annotation policies\.kyverno\.io\/skip does not bypass policy verify-image-signature: dev may not "bypass" it/,
  );
  assert.match(refused.stderr, /denied the request/);
});
