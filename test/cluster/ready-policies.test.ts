import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

const POLICIES = join(import.meta.dirname, '..', '..', 'manifests', 'policies');

const NAMES = ['audit-unsigned-images', 'require-signed-images', 'verify-image-signatures'];

let world: World;

before(async () => {
  world = await startWorld();
  await world.install();
});

after(async () => {
  await world.stop();
});

/** Objects of a kind with what they are named. */
async function names(kind: string): Promise<readonly string[]> {
  const text = await world.kubectl(['get', kind, '-o', 'name']);
  return text.split('\n').flatMap((line) => line.split('/')[1] ?? []);
}

test('ready policies: kubectl apply -k puts the three into the cluster in Kyverno’s language', async () => {
  await world.kubectl(['apply', '-k', join(POLICIES, 'base')]);
  const found = await names('clusterpolicies.kyverno.io');
  assert.deepEqual(found.filter((name) => NAMES.includes(name)).toSorted(), NAMES);
  await world.kubectl(['apply', '-k', join(POLICIES, 'audit-keyless-signatures')]);
});

test('ready policies: with parameters and as our own kind they become ready', async () => {
  await world.kubectl(['apply', '-k', join(POLICIES, 'example')]);
  assert.deepEqual((await names('csp')).toSorted(), NAMES);
  await world.kubectl(['wait', 'csp', '--all', '--for=condition=Ready', '--timeout=60s']);
  const at = (path: string): Promise<string> =>
    world.kubectl(['get', 'csp', '-o', `jsonpath={.items[*]${path}}`]);
  assert.equal(await at('.spec.rules[*].match.any[*].resources.namespaces'), '["shop","shop-*"]');
  assert.match(
    await at('.spec.rules[*].verifyImages[*].imageReferences'),
    /registry\.example\/shop/,
  );
  const subjects = await at(
    '.spec.rules[*].verifyImages[*].attestors[*].entries[*].keyless.subject',
  );
  assert.equal(new Set(subjects.split(' ')).size, 1);
  assert.equal(await at('.status.mode'), 'Audit Enforce Enforce');
});
