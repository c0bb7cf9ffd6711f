import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { dump } from 'js-yaml';
import { type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { pod } from '#test/support/admission/objects.ts';
import {
  type RegistriesPolicy,
  registriesPolicy,
} from '#test/support/admission/registries-policy.ts';
import { reviewRequest } from '#test/support/admission/review-request.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { GLOBAL_CONTEXT_ENTRIES, POLICY_KINDS } from '#test/support/kube/served-types.ts';
import { until } from '#test/support/kube/until.ts';
import { startWebhookProcess, type WebhookProcess } from '#test/support/webhook/webhook-process.ts';

let directory: string;
let fake: FakeKube;
let webhook: WebhookProcess;

const API: JsonObject = { urlPath: '/api/v1/namespaces/default', jmesPath: 'metadata.labels' };

const ROWS: readonly RegistriesPolicy[] = [
  {
    name: 'config-map',
    context: { configMap: { name: 'registries', namespace: 'security' } },
    allowed: '{{ source.data.allowed }}',
  },
  {
    name: 'missing',
    context: { configMap: { name: 'none', namespace: 'security' } },
    allowed: '{{ source.data.allowed }}',
  },
  { name: 'api-call', context: { apiCall: API }, allowed: '{{ source.registry }}' },
  { name: 'audit', context: { apiCall: API }, allowed: '{{ source.registry }}', action: 'Audit' },
  {
    name: 'default',
    context: { apiCall: { ...API, default: { registry: 'ghcr.io' } } },
    allowed: '{{ source.registry }}',
  },
  {
    name: 'loopback',
    context: { apiCall: { service: { url: 'http://127.0.0.1:1/' } } },
    allowed: '{{ source.registry }}',
  },
  {
    name: 'metadata',
    context: { apiCall: { service: { url: 'http://169.254.169.254/latest/meta-data' } } },
    allowed: '{{ source.registry }}',
  },
  {
    name: 'global',
    context: { globalReference: { name: 'shared.registries' } },
    allowed: '{{ source }}',
  },
  {
    name: 'own-namespace',
    context: { configMap: { name: 'registries', namespace: 'default' } },
    allowed: '{{ source.data.allowed }}',
    namespace: 'default',
  },
  {
    name: 'other-namespace',
    context: { configMap: { name: 'registries', namespace: 'security' } },
    allowed: '{{ source.data.allowed }}',
    namespace: 'default',
  },
  {
    name: 'other-path',
    context: { apiCall: { urlPath: '/api/v1/namespaces/security/configmaps/registries' } },
    allowed: '{{ source.data.allowed }}',
    namespace: 'default',
  },
  {
    name: 'service-of-namespace',
    context: { apiCall: { service: { url: 'https://api.example/' } } },
    allowed: '{{ source }}',
    namespace: 'default',
  },
];

function configMap(namespace: string, allowed: string): JsonObject {
  const metadata = { name: 'registries', namespace };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { allowed } };
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-sources-'));
  fake = await startFakeKube({ types: [...POLICY_KINDS, GLOBAL_CONTEXT_ENTRIES] });
  for (const name of ['security', 'default'])
    fake.put({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { registry: 'ghcr.io' } },
    });
  fake.put(configMap('security', 'ghcr.io'));
  fake.put(configMap('default', 'ghcr.io'));
  fake.put({
    apiVersion: 'kyverno.io/v2',
    kind: 'GlobalContextEntry',
    metadata: { name: 'shared' },
    spec: {
      kubernetesResource: { version: 'v1', resource: 'configmaps', namespace: 'security' },
      projections: [{ name: 'registries', jmesPath: '[0].data.allowed' }],
    },
  });
  const [policies, certificates] = ['policies', 'certificates'].map((name) =>
    join(directory, name),
  );
  assert.ok(policies && certificates);
  for (const folder of [policies, certificates]) await mkdir(folder);
  await writeFile(
    join(policies, 'policies.yaml'),
    ROWS.map((row) => dump(registriesPolicy(row))).join('---\n'),
  );
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, fake.kubeconfig());
  webhook = await startWebhookProcess({
    policies,
    certificates,
    flags: [`--kubeconfig=${kubeconfig}`],
  });
  await until('readiness', async () => (await webhook.get('/readyz')).startsWith('ok'));
});

after(async () => {
  await webhook.stop();
  await fake.close();
  await rm(directory, { recursive: true });
});

beforeEach(() => fake.heal());

interface Reviewed {
  readonly allowed: unknown;
  readonly code: unknown;
  /** Seconds; undefined where trying again would not help. */
  readonly retryAfter: unknown;
  readonly message: string;
  readonly warnings: unknown;
}

async function review(name: string, image: string): Promise<Reviewed> {
  const object = { ...pod([image]), metadata: { name: 'web', labels: { case: name } } };
  const { allowed, status, warnings } = await webhook.review('/validate', reviewRequest(object));
  return {
    allowed,
    code: member(status, 'code'),
    retryAfter: member(member(status, 'details'), 'retryAfterSeconds'),
    message: stringAt(status, 'message') ?? '',
    warnings,
  };
}

const GOOD = 'ghcr.io/acme/app:1';
const BAD = 'docker.io/acme/app:1';

for (const name of ['config-map', 'api-call', 'default', 'global', 'own-namespace']) {
  test(`context: data of ${name} admits what it allows and refuses the rest`, async () => {
    assert.equal((await review(name, GOOD)).allowed, true);
    const refused = await review(name, BAD);
    assert.deepEqual([refused.allowed, refused.code], [false, 403]);
    assert.match(refused.message, /Not from there\./);
  });
}

/** What cannot be found out, and what is said about it. */
const UNKNOWN: readonly (readonly [string, RegExp])[] = [
  ['missing', /failed to get configmap security\/none: it does not exist/],
  ['loopback', /the address 127\.0\.0\.1 is one that policies may not have called/],
  ['metadata', /the address 169\.254\.169\.254 is one that policies may not have called/],
];

for (const [name, message] of UNKNOWN) {
  test(`context: ${name} is refused, whatever the image, and says why`, async () => {
    const refused = await review(name, GOOD);
    assert.equal(refused.allowed, false);
    assert.match(refused.message, message);
  });
}

/** What lies outside the namespace of a namespaced policy, and what is said about it. */
const OUTSIDE: readonly (readonly [string, RegExp])[] = [
  [
    'other-namespace',
    /configMap namespace "security" is different from policy namespace "default"/,
  ],
  ['other-path', /refers to namespace security, which is different from the policy namespace/],
  ['service-of-namespace', /does not contain a namespace segment/],
];

for (const [name, message] of OUTSIDE) {
  test(`MNH-20 context: a namespaced policy gets nothing of ${name}, and nobody is asked`, async () => {
    const before = fake.requests.length;
    const refused = await review(name, GOOD);
    assert.equal(refused.allowed, false);
    assert.match(refused.message, message);
    const asked = fake.requests.slice(before).filter(({ url }) => url.includes('/security/'));
    assert.deepEqual(asked, []);
  });
}

test('MNH-18 context: an API server that does not answer is a refusal to be tried again', async () => {
  fake.fail({ path: /\/namespaces\/default$/, outcome: { kind: 'status', code: 500 } });
  const refused = await review('api-call', GOOD);
  assert.deepEqual([refused.allowed, refused.code, refused.retryAfter], [false, 503, 1]);
  assert.match(
    refused.message,
    /failed to GET resource with raw url: \/api\/v1\/namespaces\/default: .* answered 500 Injected/,
  );
});

test('context: a right that is missing is told at once: clients do not try again', async () => {
  fake.fail({ path: /\/namespaces\/default$/, outcome: { kind: 'status', code: 403 } });
  const refused = await review('api-call', GOOD);
  assert.deepEqual([refused.allowed, refused.retryAfter], [false, undefined]);
  assert.match(refused.message, /permission denied: Cannot GET \/api\/v1\/namespaces\/default/);
});

test('context: in audit mode trouble is a warning', async () => {
  fake.fail({ path: /\/namespaces\/default$/, outcome: { kind: 'status', code: 500 } });
  const { allowed, warnings } = await review('audit', BAD);
  assert.equal(allowed, true);
  assert.match(JSON.stringify(warnings), /failed to GET resource with raw url/);
});

test('context: the default of a call stands in where the call fails', async () => {
  fake.fail({ path: /\/namespaces\/default$/, outcome: { kind: 'status', code: 500 } });
  assert.equal((await review('default', GOOD)).allowed, true);
  assert.equal((await review('default', BAD)).code, 403);
});
