import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { registriesPolicy } from '#test/support/admission/registries-policy.ts';
import type { Manifest } from './manifests.ts';
import { waitFor } from './wait-for.ts';
import { prepareWebhook } from './webhook.ts';
import type { Webhook } from './webhook.ts';
import { startWorld, webhookFlags } from './world.ts';
import type { World } from './world.ts';

const SYSTEM = 'sign-policy-system';
const NAME = 'sign-policy-webhook';
const GOOD = 'ghcr.io/acme/app:1';
const BAD = 'docker.io/acme/app:1';

let world: World;
let webhook: Webhook | undefined;
let namespace: string;

const POLICIES: readonly Manifest[] = [
  registriesPolicy({
    name: 'config-map',
    context: { configMap: { name: 'registries', namespace: 'default' } },
    allowed: '{{ source.data.allowed }}',
  }),
  registriesPolicy({
    name: 'namespace',
    context: {
      apiCall: { urlPath: '/api/v1/namespaces/default', jmesPath: 'metadata.labels.registry' },
    },
    allowed: '{{ source }}',
  }),
  registriesPolicy({
    name: 'services',
    context: {
      apiCall: {
        urlPath: '/api/v1/namespaces/default/services',
        jmesPath: 'items[].metadata.name',
      },
    },
    allowed: "{{ contains(source, 'kubernetes') && 'ghcr.io' || 'none' }}",
  }),
  registriesPolicy({
    name: 'global',
    context: { globalReference: { name: 'shared.registry' } },
    allowed: '{{ source }}',
  }),
];

before(async () => {
  world = await startWorld();
  namespace = await world.createNamespace();
  const file = join(world.cluster.directory, 'context.yaml');
  await writeFile(file, POLICIES.map((each) => JSON.stringify(each)).join('\n---\n'));
  await world.kubectl(['label', 'namespace', 'default', 'registry=ghcr.io']);
  await apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'registries', namespace: 'default' },
    data: { allowed: 'ghcr.io' },
  });
  const install = ['sign-policy', 'install', '-f', file];
  const image = '--image=registry.example/sign-policy-webhook:0.1.0';
  await world.kubectl([...install, '--wait=false', image]);
  // With the rights that install has granted, and no others.
  const kubeconfig = await world.cluster.kubeconfigForAccount(SYSTEM, NAME);
  webhook = await prepareWebhook(world.cluster, { kubeconfig });
  await webhook.start();
  await world.kubectl([...install, ...webhookFlags(webhook)]);
  await waitForAnswer('config-map', BAD, /Not from there\./);
});

after(async () => {
  await webhook?.stop('SIGKILL');
  await world.stop();
});

const NAMESPACES = { version: 'v1', resource: 'namespaces' };

function globalEntry(spec: object): Manifest {
  const metadata = { name: 'shared' };
  return { apiVersion: 'kyverno.io/v2', kind: 'GlobalContextEntry', metadata, spec };
}

async function apply(manifest: Manifest): Promise<void> {
  const applied = await world.cluster.kubectl(['apply', '-f', '-'], {
    stdin: JSON.stringify(manifest),
  });
  assert.equal(applied.code, 0, applied.stderr);
}

/** What kubectl says of a Pod with this label; nothing where it would be admitted. */
async function answer(name: string, image: string): Promise<string> {
  const run = ['run', 'web', `--image=${image}`, `--labels=case=${name}`, '--dry-run=server'];
  const { code, stderr } = await world.cluster.kubectl([...run, '-n', namespace]);
  return code === 0 ? '' : stderr;
}

async function waitForAnswer(name: string, image: string, wanted: RegExp): Promise<void> {
  await waitFor(`${wanted} of ${name}`, async () => {
    const said = await answer(name, image);
    if (!wanted.test(said)) throw new Error(said);
    return true;
  });
}

test('context: the ConfigMap decides, and a change of it counts within seconds', async () => {
  assert.equal(await answer('config-map', GOOD), '');
  const data = JSON.stringify({ data: { allowed: 'docker.io' } });
  await world.kubectl(['patch', 'configmap', 'registries', '--type=merge', '-p', data]);
  await waitForAnswer('config-map', GOOD, /Not from there\./);
  assert.equal(await answer('config-map', BAD), '');
});

test('context: a ConfigMap that is gone is told by name', async () => {
  await world.kubectl(['delete', 'configmap', 'registries']);
  const message = /failed to get configmap default\/registries: it does not exist/;
  await waitForAnswer('config-map', GOOD, message);
});

test('context: a call that the own rights allow', async () => {
  assert.equal(await answer('namespace', GOOD), '');
  assert.match(await answer('namespace', BAD), /Not from there\./);
});

test('context: a call that they do not allow says which right is missing, and works once it is given', async () => {
  assert.match(
    await answer('services', GOOD),
    /permission denied: .*User "system:serviceaccount:sign-policy-system:sign-policy-webhook" cannot list resource "services"/,
  );
  // "view" is put together by a controller that does not run here.
  const role = ['create', 'clusterrole', 'services', '--verb=list', '--resource=services'];
  await world.kubectl(role);
  const account = `--serviceaccount=${SYSTEM}:${NAME}`;
  await world.kubectl(['create', 'clusterrolebinding', 's', '--clusterrole=services', account]);
  await waitForAnswer('services', GOOD, /^$/);
});

test('context: a GlobalContextEntry is followed once it is there', async () => {
  assert.match(await answer('global', GOOD), /failed to fetch entry key=shared\.registry/);
  const faulty = globalEntry({ kubernetesResource: NAMESPACES, apiCall: { urlPath: '/version' } });
  const refused = await world.apply('default', faulty);
  assert.match(refused.stderr, /expected either kubernetesResource or apiCall/);
  await apply(
    globalEntry({
      kubernetesResource: NAMESPACES,
      projections: [
        {
          name: 'registry',
          jmesPath: "[?metadata.name=='default'].metadata.labels.registry | [0]",
        },
      ],
    }),
  );
  await waitForAnswer('global', GOOD, /^$/);
  assert.match(await answer('global', BAD), /Not from there\./);
  await world.kubectl(['label', 'namespace', 'default', 'registry=docker.io', '--overwrite']);
  await waitForAnswer('global', GOOD, /Not from there\./);
});
