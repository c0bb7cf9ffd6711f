import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { keyPolicy, pod } from './manifests.ts';
import { waitFor } from './wait-for.ts';
import { prepareWebhook } from './webhook.ts';
import type { Webhook } from './webhook.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

const NAMESPACE = 'sign-policy-system';
const IMAGE = '--image=registry.example/sign-policy-webhook:0.1.0';

/** As people's notes have it: who wrote the report, and how many passed and failed. */
const COLUMNS =
  "custom-columns=KIND:.scope.kind,NAME:.scope.name,BY:.metadata.labels['app\\.kubernetes\\.io/managed-by'],PASS:.summary.pass,FAIL:.summary.fail";

let world: World;
let webhook: Webhook;
let namespace: string;

before(async () => {
  world = await startWorld();
  namespace = await world.createNamespace();
  for (const [name, image] of [
    ['old-signed', world.images.signed.byDigest],
    ['old-foreign', world.images.foreign.byTag],
  ] as const) {
    const applied = await world.apply(namespace, pod(name, image));
    assert.equal(applied.code, 0, applied.stderr);
  }
  const install = ['sign-policy', 'install', '--policy-reports', '--wait=false', IMAGE];
  await world.kubectl([...install, '-f', world.policyFile]);
  const kubeconfig = await world.cluster.kubeconfigForAccount(NAMESPACE, 'sign-policy-webhook');
  webhook = await prepareWebhook(world.cluster, { kubeconfig, selfMade: true });
  await webhook.start();
  const elsewhere = ['sign-policy', 'install', `--webhook-url=${webhook.url}`];
  await world.kubectl([...elsewhere, '-f', world.policyFile]);
  await world.waitUntil('refused', world.images.unsigned.byTag);
  await world.kubectl(['delete', 'clusterpolicy', 'verify-image-signature']);
  await world.apply('default', keyPolicy({ ...world.images, action: 'Audit' }));
});

after(async () => {
  await webhook.stop('SIGKILL');
  await world.stop();
});

async function reports(): Promise<readonly string[]> {
  const text = await world.kubectl([
    'get',
    'policyreports',
    `--namespace=${namespace}`,
    '--no-headers',
    '-o',
    COLUMNS,
  ]);
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.trim().replaceAll(/ +/g, ' ')).toSorted();
}

async function waitForReports(wanted: readonly string[]): Promise<void> {
  let found: readonly string[] = [];
  await waitFor('the reports', async () => {
    found = await reports();
    return JSON.stringify(found) === JSON.stringify(wanted) ? true : undefined;
  }).catch((error: unknown) => {
    assert.deepEqual(found, wanted, String(error));
  });
}

const OLD = ['Pod old-foreign sign-policy 0 1', 'Pod old-signed sign-policy 1 0'];

test('reports: Pods that ran before the policy came are told of, with the rights that install grants', async () => {
  await waitForReports(OLD);
  const lease = ['get', 'lease', 'sign-policy-background-scan', `--namespace=${NAMESPACE}`];
  const holder = await world.kubectl([...lease, '-o=jsonpath={.spec.holderIdentity}']);
  assert.match(holder, /_[0-9a-f-]{36}$/);
});

test('reports: what audit lets in is told of, with image, digest and reason', async () => {
  const admitted = await world.apply(namespace, pod('new-foreign', world.images.foreign.byTag));
  assert.equal(admitted.code, 0, admitted.stderr);
  await waitForReports(['Pod new-foreign sign-policy 0 1', ...OLD]);
  const path =
    '-o=jsonpath={range .items[?(@.scope.name=="new-foreign")]}{.results[0].properties}{end}';
  const text = await world.kubectl(['get', 'polr', `--namespace=${namespace}`, path]);
  const properties = JSON.parse(text) as Record<string, string>;
  assert.equal(properties['image'], world.images.foreign.byTag);
  assert.equal(properties['process'], 'admission review');
  assert.equal(properties['reason'], 'NO_MATCHING_SIGNATURE');
  assert.ok(world.images.foreign.byDigest.endsWith(properties['digest'] ?? '?'));
});

test('reports: kubectl shows object and counts', async () => {
  const table = await world.kubectl(['get', 'polr', `--namespace=${namespace}`]);
  assert.match(table, /^NAME +KIND +NAME +PASS +FAIL +WARN +ERROR +SKIP +AGE\n/);
  assert.match(table, /\nsign-policy-[0-9a-f-]{36} +Pod +old-signed +1 +0 +0 +0 +0 +\d+s\n/);
});

test('reports: the garbage collector takes the report of what is deleted', async () => {
  const flags = [`--namespace=${namespace}`, '--force', '--grace-period=0'];
  await world.kubectl(['delete', 'pod', 'new-foreign', ...flags]);
  await waitForReports(OLD);
});

test('reports: none are left when the policy is gone', async () => {
  await world.kubectl(['delete', 'clusterpolicy', 'shop-images']);
  await waitForReports([]);
});

test('reports: uninstall takes reports and their definitions along', async () => {
  await world.apply('default', keyPolicy({ ...world.images, action: 'Audit' }));
  await waitForReports(OLD);
  await webhook.stop();
  const removed = await world.kubectl(['sign-policy', 'uninstall', '--wait=false']);
  assert.match(removed, /policyreport\.wgpolicyk8s\.io\/sign-policy-[0-9a-f-]+ deleted/);
  assert.match(
    removed,
    /customresourcedefinition\.apiextensions\.k8s\.io\/policyreports\.wgpolicyk8s\.io deleted/,
  );
});
