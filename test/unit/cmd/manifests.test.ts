import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { EXEMPT_NAMESPACES } from '#shared/workload/exempt-namespaces.ts';
import { MANIFESTS, manifestObject } from '#cmd/install/manifests.ts';
import { isManaged } from '#cmd/install/managed-label.ts';
import { NAMESPACE } from '#cmd/install/own-objects.ts';
import { VERSION } from '#cmd/version.ts';
import { resourceTypeOf } from '#cmd/install/resource-types.ts';
import { type JsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import type { KubeObject } from '#shared/kube/kube.ts';
import { WORKLOAD_KINDS } from '#shared/workload/kinds.ts';

const ROOT = new URL('../../../manifests/', import.meta.url);
const objects: readonly KubeObject[] = MANIFESTS.map(manifestObject);

function ofKind(...kinds: readonly string[]): readonly KubeObject[] {
  const found = objects.filter(({ kind }) => kinds.includes(kind));
  assert.ok(found.length >= kinds.length);
  return found;
}

function list(value: JsonValue | undefined): readonly JsonObject[] {
  assert.ok(Array.isArray(value));
  return value as readonly JsonObject[];
}

function strings(value: JsonValue | undefined): readonly string[] {
  assert.ok(Array.isArray(value));
  return value as readonly string[];
}

function at(object: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  let current = object;
  for (const key of path) current = member(current, key);
  return current;
}

const webhookConfigurations = ofKind(
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
);
const webhooks = webhookConfigurations.flatMap((configuration) => list(configuration['webhooks']));

test('manifests: every file of manifests/ is applied, or is a kustomization', () => {
  const files = readdirSync(ROOT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'kustomization.yaml')
    .map((entry) => `${entry.parentPath.slice(ROOT.pathname.length)}/${entry.name}`);
  const known = new Set(MANIFESTS.map(({ file }) => file));
  assert.ok(files.length > 0);
  const folders = new Set(MANIFESTS.map(({ file }) => file.split('/')[0]));
  const forgotten = files.filter((file) => folders.has(file.split('/')[0]) && !known.has(file));
  assert.deepEqual(forgotten, []);
});

for (const folder of ['base', 'crd', 'kyverno-crd', 'report-crd']) {
  test(`manifests: the kustomization of ${folder}/ names every file of the folder`, () => {
    const text = readFileSync(new URL(`${folder}/kustomization.yaml`, ROOT), 'utf8');
    const resources = strings(member(load(text), 'resources'));
    const files = MANIFESTS.map(({ file }) => file).filter((file) => file.startsWith(`${folder}/`));
    assert.deepEqual(
      resources.filter((resource) => resource !== '../crd').toSorted(),
      files.map((file) => file.slice(folder.length + 1)).toSorted(),
    );
  });
}

for (const object of objects) {
  const title = `${object.kind} ${object.metadata.name}`;
  test(`manifests: ${title} can be found again by its label and has a known resource`, () => {
    assert.ok(isManaged(object));
    assert.ok(resourceTypeOf(object).resource.length > 0);
  });
}

test('manifests: webhook configurations are the last to be applied', () => {
  assert.deepEqual(
    MANIFESTS.slice(-2).map(({ stage }) => stage),
    ['webhooks', 'webhooks'],
  );
});

test("manifests: the mutating configuration is called before Kyverno's", () => {
  for (const { metadata } of webhookConfigurations) assert.ok(metadata.name < 'kyverno');
});

test('manifests: a missed pin lets in, a missed check does not', () => {
  assert.deepEqual(
    webhooks.map((webhook) => [webhook['name'], webhook['failurePolicy']]),
    [
      ['mutate.sign-policy.dev', 'Ignore'],
      ['validate.sign-policy.dev', 'Fail'],
    ],
  );
});

for (const webhook of webhooks) {
  const name = stringAt(webhook, 'name') ?? '';

  test(`MNH-30 manifests: ${name} leaves out the namespaces that a cluster starts from`, () => {
    const [expression] = list(at(webhook, 'namespaceSelector', 'matchExpressions'));
    assert.equal(expression?.['operator'], 'NotIn');
    assert.deepEqual(expression['values'], EXEMPT_NAMESPACES);
    assert.ok(EXEMPT_NAMESPACES.includes(NAMESPACE));
  });

  test(`manifests: ${name} is called for every kind that carries images`, () => {
    const covered = new Set(
      list(webhook['rules']).flatMap((rule) =>
        strings(rule['apiGroups']).flatMap((group) =>
          strings(rule['resources']).map((resource) => `${group}/${resource}`),
        ),
      ),
    );
    for (const { group, kind } of WORKLOAD_KINDS) {
      assert.ok(covered.has(`${group}/${kind.toLowerCase()}s`), `${group}/${kind}`);
    }
    assert.ok(covered.has('/pods/ephemeralcontainers'));
  });

  test(`manifests: ${name} is honest about side effects and short enough for an API server`, () => {
    assert.equal(webhook['sideEffects'], 'NoneOnDryRun');
    assert.equal(webhook['matchPolicy'], 'Equivalent');
    assert.equal(webhook['timeoutSeconds'], 10);
    for (const rule of list(webhook['rules'])) {
      assert.deepEqual(rule['operations'], ['CREATE', 'UPDATE']);
    }
  });

  test(`manifests: ${name} is served by the Service of the Deployment`, () => {
    const [service] = ofKind('Service');
    const [deployment] = ofKind('Deployment');
    assert.equal(at(webhook, 'clientConfig', 'service', 'name'), service?.metadata.name);
    assert.deepEqual(
      at(service, 'spec', 'selector'),
      at(deployment, 'spec', 'selector', 'matchLabels'),
    );
  });
}

test('manifests: only the mutating webhook is called again after later changes', () => {
  assert.deepEqual(
    webhooks.map((webhook) => webhook['reinvocationPolicy']),
    ['IfNeeded', undefined],
  );
});

/** What is a question, what only informs, and a Lease, which says who does that; creating cannot be limited to a name. */
const HARMLESS =
  /^(?:(?:cluster)?(?:sign)?policies\/status|subjectaccessreviews|(?:cluster)?(?:policy)?reports|leases)$/;

test('manifests: no role has a wildcard, writes policies or reads Secrets of other namespaces', () => {
  for (const role of ofKind('ClusterRole', 'Role')) {
    for (const rule of list(role['rules'])) {
      const words = ['apiGroups', 'resources', 'verbs'].flatMap((field) => strings(rule[field]));
      assert.ok(!words.includes('*'), role.metadata.name);
      const isSecrets = strings(rule['resources']).includes('secrets');
      if (isSecrets && role.kind === 'ClusterRole') {
        assert.equal(role.metadata.name, 'sign-policy-pull-secrets');
        assert.deepEqual(rule['verbs'], ['get']);
      }
      const writes = strings(rule['verbs']).some((verb) => /create|update|patch|delete/.test(verb));
      const isHarmless = strings(rule['resources']).every((resource) => HARMLESS.test(resource));
      const isNamed = rule['resourceNames'] !== undefined;
      assert.ok(!writes || isNamed || isSecrets || isHarmless, role.metadata.name);
    }
  }
  const bound = ofKind('ClusterRoleBinding').map((binding) => stringAt(binding, 'roleRef', 'name'));
  assert.deepEqual(bound, ['sign-policy-webhook']);
});

test('manifests: the webhook runs restricted, is probed, and outlives its own draining', () => {
  const [deployment] = ofKind('Deployment');
  const pod = at(deployment, 'spec', 'template', 'spec');
  const [container] = list(at(pod, 'containers'));
  assert.deepEqual(at(container, 'securityContext'), {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  assert.equal(at(pod, 'securityContext', 'runAsNonRoot'), true);
  assert.equal(at(pod, 'securityContext', 'seccompProfile', 'type'), 'RuntimeDefault');
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    assert.equal(at(container, probe, 'httpGet', 'port'), 'health');
  }
  assert.equal(at(deployment, 'spec', 'replicas'), 3);
  const drain = strings(at(container, 'args')).find((arg) => arg.startsWith('--drain-seconds='));
  const grace = Number(at(pod, 'terminationGracePeriodSeconds'));
  assert.ok(grace > Number(drain?.split('=')[1]) + 30);
  const [namespace] = ofKind('Namespace');
  assert.equal(
    at(namespace?.metadata['labels'], 'pod-security.kubernetes.io/enforce'),
    'restricted',
  );
});

test('manifests: without --image the webhook has the version of the plugin', () => {
  const [deployment] = ofKind('Deployment');
  const [container] = list(at(deployment, 'spec', 'template', 'spec', 'containers'));
  assert.equal(container?.['image'], `sign-policy-webhook:${VERSION}`);
});

for (const file of ['cluster-policies', 'policies']) {
  test(`manifests: ${file} has Kyverno's defaults for the columns that kubectl shows`, () => {
    const definition = load(readFileSync(new URL(`kyverno-crd/${file}.yaml`, ROOT), 'utf8'));
    const versions = list(member(member(definition, 'spec'), 'versions'));
    assert.equal(versions.length, 2);
    for (const version of versions) {
      const spec = at(version, 'schema', 'openAPIV3Schema', 'properties', 'spec', 'properties');
      for (const field of ['admission', 'background'])
        assert.equal(at(spec, field, 'default'), true, field);
    }
  });
}

test('manifests: the kinds of policies are those that are read, with Kyverno’s only if missing', () => {
  const definitions = MANIFESTS.filter(({ stage }) => stage === 'definitions');
  assert.deepEqual(
    definitions.map((manifest) => [manifestObject(manifest).metadata.name, manifest.onlyIfMissing]),
    [
      ['clustersignpolicies.sign-policy.dev', false],
      ['signpolicies.sign-policy.dev', false],
      ['clusterpolicies.kyverno.io', true],
      ['policies.kyverno.io', true],
      ['policyexceptions.kyverno.io', true],
      ['globalcontextentries.kyverno.io', true],
      ['policyreports.wgpolicyk8s.io', true],
      ['clusterpolicyreports.wgpolicyk8s.io', true],
    ],
  );
});

test('manifests: the definitions of reports come only where the user asks for them', () => {
  const asked = MANIFESTS.filter(({ flag }) => flag === 'policy-reports').map(({ file }) => file);
  assert.deepEqual(asked, [
    'report-crd/policy-reports.yaml',
    'report-crd/cluster-policy-reports.yaml',
  ]);
});
