import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { digestPolicy } from './manifests.ts';
import { waitFor } from './wait-for.ts';
import { prepareWebhook } from './webhook.ts';
import type { Webhook } from './webhook.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

const NAMESPACE = 'sign-policy-system';
const IMAGE = '--image=registry.example/sign-policy-webhook:0.1.0';
const NAME = 'sign-policy-webhook';

let world: World;
let webhook: Webhook | undefined;

before(async () => {
  world = await startWorld();
});

after(async () => {
  await webhook?.stop('SIGKILL');
  await world.stop();
});

test('install into the cluster makes a Deployment whose Pods come into being', async () => {
  const install = ['sign-policy', 'install', '-f', world.policyFile, '--wait=false', IMAGE];
  const answer = await world.cluster.kubectl(install);
  assert.equal(answer.code, 0, answer.stderr);
  await waitFor('the Pods of the webhook', async () => {
    const pods = await world.kubectl(['get', 'pods', '-n', NAMESPACE, '-o', 'name']);
    return pods.trim().split('\n').length === 3 ? pods : undefined;
  });
});

test('the rights that install grants are enough for the webhook, and it puts its CA into the cluster', async () => {
  const kubeconfig = await world.cluster.kubeconfigForAccount(NAMESPACE, NAME);
  webhook = await prepareWebhook(world.cluster, { kubeconfig, selfMade: true });
  await webhook.start();
  for (const kind of ['mutating', 'validating']) {
    const path = '-o=jsonpath={.webhooks[*].clientConfig.caBundle}';
    const bundle = await waitFor(`the CA in the ${kind} configuration`, async () => {
      const configuration = `${kind}webhookconfiguration/admission-sign-policy`;
      const text = await world.kubectl(['get', configuration, path]);
      return text === '' ? undefined : text;
    });
    assert.match(Buffer.from(bundle, 'base64').toString(), /^-----BEGIN CERTIFICATE-----/);
  }
});

test('pointed at the URL without a CA file, the API server trusts the CA that the webhook put there', async () => {
  assert(webhook !== undefined);
  const install = ['sign-policy', 'install', '-f', world.policyFile];
  const answer = await world.cluster.kubectl([...install, `--webhook-url=${webhook.url}`]);
  assert.equal(answer.code, 0, answer.stderr);
  await world.waitUntil('refused', world.images.unsigned.byTag);
  await world.waitUntil('admitted', world.images.signed.byTag);
  const refused = await world.cluster.kubectl([
    'run',
    'web',
    `--image=${world.images.unsigned.byTag}`,
  ]);
  assert.match(refused.stderr, /Image must be signed\./, 'refused by us, not for an outage');
});

test('the service account writes the status of policies, and may write nothing of them else', async () => {
  const policy = {
    ...digestPolicy(),
    apiVersion: 'sign-policy.dev/v1alpha1',
    kind: 'ClusterSignPolicy',
    metadata: { name: 'digests' },
  };
  const applied = await world.apply('default', policy);
  assert.equal(applied.code, 0, applied.stderr);
  await world.kubectl(['wait', 'csp/digests', '--for=condition=Ready', '--timeout=60s']);
  await world.kubectl(['delete', 'csp', 'digests']);
  const kubeconfig = await world.cluster.kubeconfigForAccount(NAMESPACE, NAME);
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['yes', ['create', 'subjectaccessreviews.authorization.k8s.io']],
    ['yes', ['watch', 'policyexceptions.kyverno.io']],
    ['no', ['patch', 'policyexceptions.kyverno.io']],
    ['no', ['patch', 'clustersignpolicies.sign-policy.dev']],
    ['no', ['bypass', 'clustersignpolicies.sign-policy.dev']],
    ['yes', ['patch', 'clusterpolicies.kyverno.io', '--subresource=status']],
    ['no', ['patch', 'clusterpolicies.kyverno.io']],
    ['no', ['create', 'clusterpolicies.kyverno.io']],
  ];
  for (const [wanted, question] of rows) {
    const args = ['auth', 'can-i', ...question, '-A'];
    const { stdout } = await world.cluster.kubectl(args, { kubeconfig });
    assert.equal(stdout.trim(), wanted, question.join(' '));
  }
});

test('the service account may not read Secrets of other namespaces', async () => {
  const kubeconfig = await world.cluster.kubeconfigForAccount(NAMESPACE, NAME);
  const answer = await world.cluster.kubectl(['get', 'secrets', '-n', 'kube-system'], {
    kubeconfig,
  });
  assert.equal(answer.code, 1);
  assert.match(answer.stderr, /Forbidden/);
});

test('uninstall removes the namespace, the certificate and the rights', async () => {
  const answer = await world.cluster.kubectl(['sign-policy', 'uninstall']);
  assert.equal(answer.code, 0, answer.stderr);
  for (const object of [
    `namespace/${NAMESPACE}`,
    `clusterrole/${NAME}`,
    `clusterrolebinding/${NAME}`,
    'mutatingwebhookconfiguration/admission-sign-policy',
    'validatingwebhookconfiguration/admission-sign-policy',
  ]) {
    const found = await world.cluster.kubectl(['get', object, '--ignore-not-found', '-o', 'name']);
    assert.deepEqual(found, { code: 0, stdout: '', stderr: '' });
  }
});
