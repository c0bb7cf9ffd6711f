import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { cannedContext } from '#test/support/admission/context-sources.ts';
import { deployment, pod, requestFor } from '#test/support/admission/objects.ts';
import { policyDocument, readUsable, rule } from '../policy/sample-policy.ts';
import { yaml } from '../policy/validate/judge-sample.ts';

interface Case {
  readonly calls?: Readonly<Record<string, JsonValue>>;
  readonly object?: JsonObject;
  /** Where the policy is, if it is of a namespace. */
  readonly policyNamespace?: string;
}

async function judge(
  cel: string,
  { calls = {}, object = pod(['eu.example/a:1']), policyNamespace }: Case,
): Promise<{ decision: Decision; asked: readonly string[] }> {
  const sources = cannedContext({ calls });
  const admit = createAdmit({
    clock: { now: () => Date.UTC(2026, 0, 1) },
    sources,
    openRegistry: async () => Promise.reject(new Error('no registry is asked')),
  });
  const validate = { ...yaml(`cel: ${cel}`), message: 'no' };
  const document = policyDocument([rule({ verifyImages: undefined, validate })]);
  const metadata = document['metadata'] as JsonObject;
  const policy = readUsable(
    policyNamespace === undefined
      ? document
      : { ...document, kind: 'Policy', metadata: { ...metadata, namespace: policyNamespace } },
  );
  const decision = await admit(requestFor(object), {
    policies: [policy],
    stage: 'validate',
    pin: 'pods',
  });
  return { decision, asked: sources.asked };
}

function said({ records }: Decision): string {
  const [record, ...more] = records;
  assert.ok(record);
  assert.deepEqual(more, []);
  const { kind, message } = record.verdict;
  return kind === 'pass' ? kind : `${kind}: ${message}`;
}

const CORE = {
  '/api/v1': {
    resources: [
      { name: 'configmaps/x', kind: 'ConfigMap', namespaced: true },
      { name: 'configmaps', kind: 'ConfigMap', namespaced: true },
      { name: 'namespaces', kind: 'Namespace', namespaced: false },
      { name: 'secrets', kind: 'Secret', namespaced: true },
    ],
  },
};

const NAMESPACE = {
  '/api/v1/namespaces/prod': { metadata: { name: 'prod', labels: { registry: 'eu.example' } } },
};

function configMap(registry: string): JsonObject {
  return { metadata: { name: registry }, data: { registry } };
}

const FROM_PARAMS =
  'expressions: [{ expression: "object.spec.containers.all(c, c.image.startsWith(params.data.registry))" }]';

function params(ref: string, kind = 'ConfigMap'): string {
  return `{ paramKind: { apiVersion: v1, kind: ${kind} }, paramRef: { ${ref} }, ${FROM_PARAMS} }`;
}

const BY_NAME = params('name: registries, parameterNotFoundAction: Deny');
const BY_LABEL = (action: string): string =>
  params(
    `selector: { matchLabels: { use: images }, matchExpressions: [{ key: old, operator: DoesNotExist }] }, parameterNotFoundAction: ${action}`,
  );
const LIST = '/api/v1/namespaces/prod/configmaps?limit=101&labelSelector=use%3Dimages%2C!old';
const ONE = '/api/v1/namespaces/prod/configmaps/registries';

const ROWS: readonly (readonly [string, string, Case, string])[] = [
  [
    'the namespace of the object has its labels',
    `{ expressions: [{ expression: "object.spec.containers.all(c, c.image.startsWith(namespaceObject.metadata.labels.registry))" }] }`,
    { calls: NAMESPACE },
    'pass',
  ],
  [
    'the namespace of a workload is seen by rules for its Pods',
    `{ expressions: [{ expression: "object.spec.containers.all(c, c.image.startsWith(namespaceObject.metadata.labels.registry))" }] }`,
    { calls: NAMESPACE, object: deployment(['us.example/a:1']) },
    'fail: no',
  ],
  [
    'a namespace that cannot be asked for is not known, and nothing passes',
    `{ expressions: [{ expression: "!has(namespaceObject.metadata.labels) || object.spec.containers[0].image != ''" }] }`,
    {},
    'error: rule r cannot be evaluated: failed to GET resource with raw url: /api/v1/namespaces/prod: connect ECONNREFUSED',
  ],
  [
    'one parameter, from the namespace of the object',
    BY_NAME,
    { calls: { ...CORE, [ONE]: configMap('eu.example') } },
    'pass',
  ],
  [
    'one parameter that says no',
    BY_NAME,
    { calls: { ...CORE, [ONE]: configMap('us.example') } },
    'fail: no',
  ],
  [
    'a parameter of another namespace',
    params('name: registries, namespace: shared, parameterNotFoundAction: Deny'),
    {
      calls: {
        ...CORE,
        '/api/v1/namespaces/shared/configmaps/registries': configMap('us.example'),
      },
    },
    'fail: no',
  ],
  [
    'a parameter without a namespace',
    `{ paramKind: { apiVersion: v1, kind: Namespace }, paramRef: { name: prod, parameterNotFoundAction: Deny }, expressions: [{ expression: "object.spec.containers.all(c, c.image.startsWith(params.metadata.labels.registry))" }] }`,
    { calls: { ...CORE, ...NAMESPACE } },
    'pass',
  ],
  [
    'a namespace for a kind that is in none is an error',
    params('name: prod, namespace: x, parameterNotFoundAction: Deny', 'Namespace'),
    { calls: CORE },
    'error: rule r cannot be evaluated: error in parameterized resource: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
  ],
  [
    'of several parameters each has to be met',
    BY_LABEL('Deny'),
    { calls: { ...CORE, [LIST]: { items: [configMap('eu'), configMap('us')] } } },
    'fail: no',
  ],
  [
    'several parameters that are all met',
    BY_LABEL('Deny'),
    { calls: { ...CORE, [LIST]: { items: [configMap('eu'), configMap('eu.example')] } } },
    'pass',
  ],
  [
    'a selector that finds none, where that is allowed',
    BY_LABEL('Allow'),
    { calls: { ...CORE, [LIST]: { items: [] } } },
    'pass',
  ],
  [
    'a selector that finds none, where that is not',
    BY_LABEL('Deny'),
    { calls: { ...CORE, [LIST]: { items: [] } } },
    'error: rule r cannot be evaluated: error in parameterized resource: no params found',
  ],
  [
    'a kind that the API server does not have',
    params('name: a, parameterNotFoundAction: Allow', 'Registry'),
    { calls: CORE },
    'error: rule r cannot be evaluated: error in parameterized resource: the API server has no kind Registry at /api/v1',
  ],
  [
    'what cannot be asked for is an error, even where none have to be there',
    params('name: a, parameterNotFoundAction: Allow'),
    { calls: CORE },
    'error: rule r cannot be evaluated: error in parameterized resource: connect ECONNREFUSED',
  ],
  [
    'MNH-20 a policy of a namespace has no parameters of another',
    params('name: a, namespace: shared, parameterNotFoundAction: Deny'),
    { calls: CORE, policyNamespace: 'prod' },
    'error: rule r cannot be evaluated: path /api/v1/namespaces/shared/configmaps/a refers to namespace shared, which is different from the policy namespace prod',
  ],
  [
    'MNH-20 a policy of a namespace has no Secrets for parameters',
    params('name: a, parameterNotFoundAction: Deny', 'Secret'),
    { calls: CORE, policyNamespace: 'prod' },
    'error: rule r cannot be evaluated: path /api/v1/namespaces/prod/secrets/a leads to Secrets, which namespaced policies do not get',
  ],
];

for (const [title, cel, given, expected] of ROWS) {
  test(`CEL: ${title}`, async () => {
    const { decision } = await judge(cel, given);
    assert.equal(said(decision), expected);
  });
}

test('CEL: nothing is asked for that no expression names', async () => {
  const { asked } = await judge(
    `{ expressions: [{ expression: "namespaceObject.metadata.name == 'prod' && object.spec.containers[0].image != ''" }] }`,
    {},
  );
  assert.deepEqual(asked, []);
});

test('CEL: "params" without parameters is what a rule cannot name, and it never passes', async () => {
  const { decision } = await judge(
    "{ expressions: [{ expression: 'params.images.size() > 0 || object.image.size() > 0' }] }",
    {},
  );
  assert.equal(
    said(decision),
    'error: rule r cannot be evaluated by this version, so it cannot pass',
  );
});
