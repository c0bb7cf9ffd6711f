import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { keyPolicy, pod } from './manifests.ts';
import type { CommandResult } from './run-command.ts';
import { waitFor } from './wait-for.ts';
import { startWorld, webhookFlags } from './world.ts';
import type { World } from './world.ts';

let world: World;

/** Everything the API server lists before the first install. */
let untouched: readonly string[];

before(async () => {
  world = await startWorld();
  await waitForCalm();
  untouched = await snapshot();
});

after(async () => {
  await world.stop();
});

for (const spelling of [['sign-policy'], ['sign', 'policy'], ['sign_policy']]) {
  test(`kubectl finds the plugin as "kubectl ${spelling.join(' ')}"`, async () => {
    const answer = await world.cluster.kubectl([...spelling, 'version']);
    assert.equal(answer.code, 0, answer.stderr);
    assert.match(answer.stdout, /\d+\.\d+\.\d+/);
  });
}

test('kubectl completes the plugin’s commands', async () => {
  const answer = await world.kubectl(['__complete', 'sign-policy', 'inst']);
  assert.match(answer, /^install\b/m);
});

test('verify tells who signed, and that nobody did', async () => {
  const key = join(world.cluster.directory, 'cosign.pub');
  await writeFile(key, world.images.publicKey);
  const verify = async (image: string): Promise<CommandResult> =>
    world.cluster.kubectl([
      'sign-policy',
      'verify',
      image,
      `--key=${key}`,
      '--insecure-ignore-tlog',
    ]);
  for (const image of [world.images.signed, world.images.bundled]) {
    const verified = await verify(image.byTag);
    assert.equal(verified.code, 0, verified.stderr);
    assert.ok(verified.stdout.includes(image.byDigest.split('@')[1] ?? ''), verified.stdout);
  }
  for (const image of [world.images.unsigned, world.images.foreign]) {
    const refused = await verify(image.byTag);
    assert.equal(refused.code, 1, refused.stderr);
  }
});

test('install: a kubeconfig that does not exist is named', async () => {
  const kubeconfig = join(world.cluster.directory, 'nowhere.yaml');
  const answer = await world.cluster.kubectl(installCommand(), { kubeconfig });
  assert.notEqual(answer.code, 0);
  assert.equal(answer.stdout, '');
  assert.match(answer.stderr, /^error: .*nowhere\.yaml/m);
});

test('install: a kubeconfig that is no YAML is named with what is wrong', async () => {
  const kubeconfig = join(world.cluster.directory, 'broken.yaml');
  await writeFile(kubeconfig, 'clusters: [');
  const answer = await world.cluster.kubectl(installCommand(), { kubeconfig });
  assert.notEqual(answer.code, 0);
  assert.match(answer.stderr, /^error: .*broken\.yaml/m);
});

test('install: a cluster that does not answer is named', async () => {
  const kubeconfig = join(world.cluster.directory, 'away.yaml');
  const config = await world.kubectl(['config', 'view', '--raw']);
  await writeFile(kubeconfig, config.replace(world.cluster.server, 'https://127.0.0.1:9'));
  const answer = await world.cluster.kubectl(installCommand(), { kubeconfig });
  assert.equal(answer.code, 3);
  assert.match(answer.stderr, /^error: .*127\.0\.0\.1:9/m);
});

test('install: a user without rights is told what he may not do, and nothing is half applied', async () => {
  const kubeconfig = await world.cluster.kubeconfigFor('mallory');
  const answer = await world.cluster.kubectl(installCommand(), { kubeconfig });
  assert.equal(answer.code, 3);
  assert.match(answer.stderr, /^error: .*User "mallory" cannot/m);
  assert.deepEqual(await snapshot(), untouched);
});

test('install: a policy file with a fault is named with the field, and nothing is applied', async () => {
  const file = join(world.cluster.directory, 'bad-policy.yaml');
  await writeFile(
    file,
    'apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: bad}\nspec: {rulez: []}\n',
  );
  const answer = await world.cluster.kubectl(installCommand(file));
  assert.equal(answer.code, 2);
  assert.match(answer.stderr, /bad-policy\.yaml/);
  assert.match(answer.stderr, /spec\.rulez/);
  assert.deepEqual(await snapshot(), untouched);
});

test('install --dry-run=server changes nothing', async () => {
  const answer = await world.cluster.kubectl([...installCommand(), '--dry-run=server']);
  assert.equal(answer.code, 0, answer.stderr);
  assert.deepEqual(await snapshot(), untouched);
});

test('install says what it did, a second time that nothing changed', async () => {
  await world.webhook.start();
  const first = await world.kubectl(installCommand());
  assert.match(first, /clusterpolicy\.kyverno\.io\/shop-images .*created/);
  assert.match(first, /validatingwebhookconfiguration\S*\/\S+ .*created/);
  const afterFirst = await snapshot();
  assert.notDeepEqual(afterFirst, untouched);
  const second = await world.kubectl(installCommand());
  assert.match(second, /clusterpolicy\.kyverno\.io\/shop-images .*unchanged/);
  assert.doesNotMatch(second, /\bcreated\b|\bconfigured\b/);
  assert.deepEqual(await snapshot(), afterFirst);
  await world.waitUntil('refused', world.images.unsigned.byTag);
});

test('dry-run against the policies of the cluster tells what the webhook tells', async () => {
  const manifest = (image: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: main, image: "${image}"}]}\n`;
  const dryRun = ['sign-policy', 'dry-run', '-f', '-'];
  const { signed, unsigned } = world.images;
  const admitted = await world.cluster.kubectl(dryRun, { stdin: manifest(signed.byTag) });
  assert.equal(admitted.code, 0, admitted.stderr);
  const denied = await world.cluster.kubectl(dryRun, { stdin: manifest(unsigned.byTag) });
  assert.equal(denied.code, 1, denied.stderr);
  assert.match(denied.stdout, /Image must be signed\./);
});

test('dry-run judges what runs in the cluster', async () => {
  const namespace = await world.createNamespace();
  await world.apply(namespace, pod('good', world.images.signed.byTag));
  const dryRun = ['sign-policy', 'dry-run', '-n', namespace];
  const good = await world.cluster.kubectl(dryRun);
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /good/);
  const bad = await world.cluster.kubectl([...dryRun, '-p', await foreignPolicy()]);
  assert.equal(bad.code, 1, bad.stderr);
  await world.kubectl(['delete', 'namespace', namespace]);
});

test('uninstall leaves nothing, and a second time finds nothing', async () => {
  const answer = await world.cluster.kubectl(['sign-policy', 'uninstall']);
  assert.equal(answer.code, 0, answer.stderr);
  assert.match(answer.stdout, /validatingwebhookconfiguration\S*\/\S+ .*deleted/);
  await waitFor('everything to be gone', async () => {
    const left = await snapshot();
    assert.deepEqual(left, untouched);
    return true;
  });
  const again = await world.cluster.kubectl(['sign-policy', 'uninstall']);
  assert.equal(again.code, 0, again.stderr);
  assert.doesNotMatch(again.stdout, /deleted/);
  await world.waitUntil('admitted', world.images.unsigned.byTag);
});

function installCommand(policyFile: string = world.policyFile): readonly string[] {
  return ['sign-policy', 'install', '-f', policyFile, ...webhookFlags(world.webhook)];
}

/** Wants another key than the one that signed. */
async function foreignPolicy(): Promise<string> {
  const file = join(world.cluster.directory, 'foreign-policy.json');
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  await writeFile(file, JSON.stringify(keyPolicy({ host: world.images.host, publicKey: pem })));
  return file;
}

/** Kinds that come and go by themselves. */
const RESTLESS = new Set(['events', 'events.events.k8s.io', 'leases.coordination.k8s.io']);

/** The name of every object in the cluster. */
async function snapshot(): Promise<readonly string[]> {
  const types = (
    await world.kubectl(['api-resources', '--verbs=list', '--cached=false', '-o', 'name'])
  )
    .split('\n')
    .filter((type) => type !== '' && !RESTLESS.has(type));
  const path =
    '-o=jsonpath={range .items[*]}{.apiVersion} {.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
  const list = await world.kubectl(['get', types.join(','), '-A', path]);
  return list.split('\n').sort();
}

/** The API server still makes its own roles and flow schemas a moment after it is ready. */
async function waitForCalm(): Promise<void> {
  let last: readonly string[] = [];
  await waitFor('a cluster at rest', async () => {
    const now = await snapshot();
    const isCalm = now.length === last.length;
    last = now;
    return isCalm ? true : undefined;
  });
}
