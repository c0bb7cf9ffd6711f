import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { GLOBAL_CONTEXT_ENTRIES, POLICY_KINDS } from '#test/support/kube/served-types.ts';
import { until } from '#test/support/kube/until.ts';
import { putImage } from '#test/support/registry/image.ts';
import { startRegistry, type TestRegistry } from '#test/support/registry/test-registry.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { podYaml } from './sample-policies.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

let files: Workspace;
let kube: FakeKube;
let registry: TestRegistry;

/** Refuses Pods whose image is not from a registry that the entry gives. */
function policyText(context: string, allowed: string): string {
  return `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: registries }
spec:
  rules:
    - name: registries
      match: { any: [{ resources: { kinds: [Pod] } }] }
      context: [{ name: source, ${context} }]
      validate:
        failureAction: Enforce
        message: Not from there.
        deny:
          conditions:
            any: [{ key: '{{ images.containers.*.registry }}', operator: AnyNotIn, value: ['{{ ${allowed} }}'] }]
`;
}

function configMap(allowed: string, namespace = ''): string {
  const place = namespace === '' ? '' : `, namespace: ${namespace}`;
  return `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: registries${place} }\ndata: { allowed: ${allowed} }\n`;
}

const POD = podYaml('web', 'ghcr.io/acme/app:1');

before(async () => {
  files = await makeWorkspace();
  kube = await startFakeKube({ types: [...POLICY_KINDS, GLOBAL_CONTEXT_ENTRIES] });
  registry = await startRegistry();
  const name = 'registries';
  kube.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
  kube.put({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'team' },
    data: { allowed: 'ghcr.io' },
  });
  kube.put({
    apiVersion: 'kyverno.io/v2',
    kind: 'GlobalContextEntry',
    metadata: { name: 'shared' },
    spec: { kubernetesResource: { version: 'v1', resource: 'configmaps' } },
  });
  kube.put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'team' },
    spec: { containers: [{ name: 'a', image: 'ghcr.io/acme/app:1' }] },
  });
  const map = 'configMap: { name: registries, namespace: team }';
  await files.write('map.yaml', policyText(map, 'source.data.allowed'));
  const path = '/api/v1/namespaces/team/configmaps/registries';
  await files.write(
    'call.yaml',
    policyText(`apiCall: { urlPath: ${path} }`, 'source.data.allowed'),
  );
  const global = 'globalReference: { name: shared }';
  await files.write('global.yaml', policyText(global, 'source[0].data.allowed'));
  const reference = `'{{ request.object.spec.containers[0].image }}'`;
  await files.write(
    'image.yaml',
    policyText(`imageRegistry: { reference: ${reference} }`, 'source.registry'),
  );
  await files.write('pod.yaml', POD);
  await files.write('good.yaml', POD + configMap('ghcr.io', 'team'));
  await files.write('bad.yaml', POD + configMap('quay.io', 'team'));
  await files.write('here.yaml', POD + configMap('ghcr.io'));
  await files.write('kubeconfig', kube.kubeconfig({ namespace: 'team' }));
});

after(async () => {
  await kube.close();
  await registry.close();
  await files.remove();
});

function dryRun(policy: string, ...more: readonly string[]): Promise<CliResult> {
  return runCli(['dry-run', '-p', files.path(policy), '-n', 'team', ...more]);
}

for (const [objects, code] of [
  ['good.yaml', 0],
  ['bad.yaml', 1],
  ['here.yaml', 0],
] as const) {
  test(`dry-run: the ConfigMap of ${objects} feeds context, so the exit code is ${code}`, async () => {
    const result = await dryRun('map.yaml', '-f', files.path(objects));
    assert.equal(result.code, code, result.stdout);
  });
}

for (const [what, maps, code, told] of [
  ['the last counts', configMap('quay.io', 'team') + configMap('ghcr.io'), 0, true],
  ['the last refuses', configMap('ghcr.io') + configMap('quay.io', 'team'), 1, true],
  ['they say the same', configMap('ghcr.io', 'team') + configMap('ghcr.io', 'team'), 0, false],
  ['they are of two namespaces', configMap('ghcr.io') + configMap('quay.io', 'b'), 0, false],
] as const) {
  test(`dry-run: of two ConfigMaps of one name among the files, where ${what}, exit code ${code}`, async () => {
    await files.write('twice.yaml', POD + maps);
    const result = await dryRun('map.yaml', '-f', files.path('twice.yaml'));
    assert.equal(result.code, code, result.stdout);
    const warning =
      /twice\.yaml:\d+: ConfigMap team\/registries is not used: .*twice\.yaml:\d+ has it again/;
    assert.equal(warning.test(result.stderr), told, result.stderr);
  });
}

test('MNH-18 dry-run: a ConfigMap that is nowhere leaves the object undecided, and says what to do', async () => {
  const { code, stdout } = await dryRun('map.yaml', '-f', files.path('pod.yaml'));
  assert.equal(code, 3);
  assert.match(
    stdout.replaceAll(/\s+/g, ' '),
    /failed to get configmap team\/registries: it is not among the given files, and no cluster is asked; add it to them with -f/,
  );
});

test('dry-run: calls are not made where no cluster is asked', async () => {
  const { code, stdout } = await dryRun('call.yaml', '-f', files.path('good.yaml'));
  assert.equal(code, 3);
  assert.match(stdout.replaceAll(/\s+/g, ' '), /there is no cluster to ask/);
});

for (const policy of ['map.yaml', 'call.yaml', 'global.yaml']) {
  test(`dry-run: where the cluster is used, it feeds context of ${policy}`, async () => {
    const { code, stdout } = await dryRun(policy, 'pods', '--kubeconfig', files.path('kubeconfig'));
    assert.equal(code, 0, stdout);
  });
}

test('dry-run: nothing in the cluster is followed once the answer is there', async () => {
  await until('no watch', () => kube.openWatches() === 0);
});

test('dry-run: data of images comes from the registry', async () => {
  putImage(registry, 'acme/app', { tag: 'v1' });
  await files.write('image-pod.yaml', podYaml('web', `${registry.host}/acme/app:v1`));
  const found = await dryRun('image.yaml', '-f', files.path('image-pod.yaml'));
  assert.equal(found.code, 0, found.stdout);
  await files.write('gone.yaml', podYaml('web', `${registry.host}/acme/gone:v1`));
  const gone = await dryRun('image.yaml', '-f', files.path('gone.yaml'));
  assert.equal(gone.code, 3, gone.stdout);
  assert.match(gone.stdout.replaceAll(/\s+/g, ' '), /failed to fetch image descriptor: .*gone:v1/);
});

const LABELLED = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: labelled }
spec:
  rules:
    - name: labelled
      match: { any: [{ resources: { kinds: [Pod] } }] }
      validate:
        failureAction: Enforce
        message: Not from there.
        cel:
          expressions:
            - expression: >-
                object.spec.containers.all(c, c.image.startsWith(namespaceObject.metadata.labels.from)) &&
                namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'default'
`;

const NAMESPACES: readonly (readonly [string, string, number])[] = [
  ['its labels, and the one that API servers add', 'labels: { from: ghcr.io }', 0],
  ['other labels', 'labels: { from: quay.io }', 1],
];

for (const [title, metadata, code] of NAMESPACES) {
  test(`dry-run: in CEL a Namespace among the files has ${title}`, async () => {
    const policy = await files.write('labelled.yaml', LABELLED);
    const namespace = `---\napiVersion: v1\nkind: Namespace\nmetadata: { name: default, ${metadata} }\n`;
    const objects = await files.write('objects.yaml', `${POD}${namespace}`);
    const result = await runCli(['dry-run', '-f', objects, '-p', policy]);
    assert.equal(result.code, code, result.stdout + result.stderr);
  });
}

test('dry-run: in CEL a namespace that nobody knows lets nothing pass', async () => {
  const policy = await files.write('labelled.yaml', LABELLED);
  const objects = await files.write('objects.yaml', POD);
  const { code, stdout } = await runCli(['dry-run', '-f', objects, '-p', policy]);
  assert.equal(code, 3, stdout);
  assert.match(stdout, /namespaces\/default: there is no cluster to ask/);
});
