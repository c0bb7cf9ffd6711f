import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Manifest, keyPolicy } from './manifests.ts';
import { waitFor } from './wait-for.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

before(async () => {
  world = await startWorld();
  await world.install();
  const made = await world.apply('default', DEFINITION);
  assert.equal(made.code, 0, made.stderr);
  await world.kubectl(['wait', 'crd/tasks.tekton.dev', '--for=condition=Established']);
});

after(async () => {
  await world.stop();
});

/** Tekton's Task, as far as images are concerned. */
const DEFINITION: Manifest = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'tasks.tekton.dev' },
  spec: {
    group: 'tekton.dev',
    scope: 'Namespaced',
    names: { kind: 'Task', plural: 'tasks', singular: 'task' },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
};

function task(name: string, image: string, part: 'spec' | 'status' = 'spec'): Manifest {
  const steps = [{ name: 'build', image }];
  const metadata = { name };
  return { apiVersion: 'tekton.dev/v1beta1', kind: 'Task', metadata, [part]: { steps } };
}

/** The shop's policy for Tasks, or another kind. */
function taskPolicy(name: string, kind: string, path: string): Manifest {
  const { spec, ...policy } = keyPolicy(world.images) as {
    readonly spec: { readonly rules: readonly object[] };
  };
  const change = {
    match: { any: [{ resources: { kinds: [kind] } }] },
    imageExtractors: { Task: [{ path, key: 'name' }] },
  };
  const rules = spec.rules.map((rule) => ({ ...rule, ...change }));
  return { ...policy, metadata: { name }, spec: { ...spec, rules } };
}

async function untilRefused(namespace: string): Promise<void> {
  await waitFor('the API server to refuse an unsigned Task', async () => {
    const canary = task('canary', world.images.unsigned.byTag);
    const { code, stderr } = await world.apply(namespace, canary, '--dry-run=server');
    return code !== 0 && stderr.includes('denied the request') ? true : undefined;
  });
}

async function imageOf(namespace: string, name: string): Promise<string> {
  const path = 'jsonpath={.spec.steps[0].image}';
  return world.kubectl(['get', 'task', name, '-n', namespace, '-o', path]);
}

test('custom resources: without a policy nobody asks the webhook', async () => {
  const namespace = await world.createNamespace();
  const { code, stderr } = await world.apply(namespace, task('free', world.images.unsigned.byTag));
  assert.equal(code, 0, stderr);
});

test('custom resources: Tasks are judged and pinned as soon as a policy names their images', async () => {
  const namespace = await world.createNamespace();
  const { unsigned, signed } = world.images;
  const policy = taskPolicy('tasks', 'tekton.dev/v1beta1/Task', '/spec/steps/*/image');
  const applied = await world.apply('default', policy);
  assert.equal(applied.code, 0, applied.stderr);
  await untilRefused(namespace);
  const refused = await world.apply(namespace, task('bad', unsigned.byTag));
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /resource Task\/test-\d+\/bad was blocked/);
  assert.match(refused.stderr, /in container: build/);
  const admitted = await world.apply(namespace, task('good', signed.byTag));
  assert.equal(admitted.code, 0, admitted.stderr);
  assert.equal(await imageOf(namespace, 'good'), signed.pinned);
  const path = 'jsonpath={.metadata.annotations}';
  const annotations = await world.kubectl(['get', 'task', 'good', '-n', namespace, '-o', path]);
  assert.match(annotations, /kyverno\.io\/verify-images/);
  const again = await world.apply(namespace, task('good', signed.byTag));
  assert.equal(again.code, 0, again.stderr);
  const label = ['label', 'task', 'good', '-n', namespace, 'a=b'];
  await world.kubectl(label);
  assert.equal(await imageOf(namespace, 'good'), signed.pinned);
});

test('custom resources: other kinds do not depend on the webhook', async () => {
  const namespace = await world.createNamespace();
  await world.webhook.stop();
  try {
    await world.kubectl(['create', 'configmap', 'free', '-n', namespace]);
    const { code, stderr } = await world.apply(namespace, task('late', world.images.signed.byTag));
    assert.equal(code, 1);
    assert.match(stderr, /failed calling webhook/);
  } finally {
    await world.webhook.start();
  }
});

test('custom resources: images of a status are judged where the policy names the subresource', async () => {
  const namespace = await world.createNamespace();
  const { unsigned, signed } = world.images;
  await world.apply(namespace, task('run', signed.byTag));
  const policy = taskPolicy('statuses', 'tekton.dev/v1beta1/Task.status', '/status/steps/*/image');
  assert.equal((await world.apply('default', policy)).code, 0);
  const command = ['patch', 'task', 'run', '-n', namespace, '--subresource=status', '--type=merge'];
  const patch = async (image: string, ...flags: readonly string[]) => {
    const change = JSON.stringify({ status: { steps: [{ name: 'build', image }] } });
    return world.cluster.kubectl([...command, '-p', change, ...flags]);
  };
  await waitFor('the API server to refuse the status', async () => {
    const { code, stderr } = await patch(unsigned.byTag, '--dry-run=server');
    return code !== 0 && stderr.includes('denied the request') ? true : undefined;
  });
  const good = await patch(signed.byTag);
  assert.equal(good.code, 0, good.stderr);
});

test('custom resources: with the last such policy the registration goes', async () => {
  await world.kubectl(['delete', 'clusterpolicies.kyverno.io', 'tasks', 'statuses']);
  const namespace = await world.createNamespace();
  await waitFor('an unsigned Task to be admitted', async () => {
    const { code } = await world.apply(namespace, task('free', world.images.unsigned.byTag));
    return code === 0 ? true : undefined;
  });
  await waitFor('the registration to go', async () => {
    const configuration = 'validatingwebhookconfigurations/admission-sign-policy';
    const path = 'jsonpath={.webhooks[*].name}';
    const names = await world.kubectl(['get', configuration, '-o', path]);
    return names === 'validate.sign-policy.dev' ? true : undefined;
  });
});
