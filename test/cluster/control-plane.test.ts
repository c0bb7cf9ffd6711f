import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { KEEP_VARIABLE, startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { waitFor } from './wait-for.ts';

let cluster: Cluster;

before(async () => {
  cluster = await startCluster();
});

after(async () => {
  await cluster.stop();
  assert.equal(existsSync(cluster.directory), process.env[KEEP_VARIABLE] === '1');
});

test('the API server says the version that go.mod pins', async () => {
  const answer = await cluster.kubectl(['version', '-o', 'json']);
  const versions = JSON.parse(answer.stdout) as Record<string, { gitVersion: string }>;
  assert.equal(versions['serverVersion']?.gitVersion, 'v1.36.3');
  assert.equal(versions['clientVersion']?.gitVersion, 'v1.36.3');
});

test('the real controllers make Pods of a Deployment', async () => {
  const created = await cluster.kubectl([
    'create',
    'deployment',
    'web',
    '--image=web:1',
    '-r',
    '2',
  ]);
  assert.equal(created.stderr, '');
  const images = await waitFor('two Pods', async () => {
    const pods = await cluster.kubectl([
      'get',
      'pods',
      '--selector=app=web',
      '-o=jsonpath={.items[*].spec.containers[0].image}',
    ]);
    return pods.stdout === 'web:1 web:1' ? pods.stdout : undefined;
  });
  assert.equal(images, 'web:1 web:1');
});

test('a user without rights is refused by RBAC', async () => {
  const kubeconfig = await cluster.kubeconfigFor('mallory');
  const answer = await cluster.kubectl(['get', 'pods'], { kubeconfig });
  assert.equal(answer.code, 1);
  assert.equal(
    answer.stderr,
    'Error from server (Forbidden): pods is forbidden: User "mallory" cannot list resource "pods" in API group "" in the namespace "default"\n',
  );
});
