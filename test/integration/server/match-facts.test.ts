import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { pod } from '#test/support/admission/objects.ts';
import { reviewRequest } from '#test/support/admission/review-request.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { startWebhookProcess, type WebhookProcess } from '#test/support/webhook/webhook-process.ts';

/** Refuses every Pod that it is for: none of them has an image by digest. */
function policyFor(name: string, selection: JsonObject, spec: JsonObject = {}): JsonObject {
  const pattern = { spec: { containers: [{ image: '*@sha256:*' }] } };
  const rule = { name, ...selection, validate: { message: 'No digest.', pattern } };
  return {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name },
    spec: { validationFailureAction: 'Enforce', rules: [rule], ...spec },
  };
}

function inNamespace(namespace: string, more: JsonObject = {}): JsonObject {
  return { kinds: ['Pod'], namespaces: [namespace], ...more };
}

const byLabel = { namespaceSelector: { matchLabels: { 'env*': 'prod-?' } } };

/** Each in namespaces of its own, which say what the policy hangs on. */
const POLICIES: readonly JsonObject[] = [
  policyFor('labels', { match: { any: [{ resources: inNamespace('labels-*', byLabel) }] } }),
  policyFor('subjects', {
    match: {
      any: [
        { resources: inNamespace('users'), subjects: [{ kind: 'Group', name: 'dev-*' }] },
        {
          resources: inNamespace('users'),
          subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'ci' }],
        },
      ],
    },
  }),
  policyFor('roles', {
    match: { any: [{ resources: inNamespace('roles') }] },
    exclude: { any: [{ clusterRoles: ['cluster-admin'] }, { roles: ['roles:deployer'] }] },
  }),
  policyFor(
    'conditions',
    { match: { any: [{ resources: inNamespace('conditions') }] } },
    {
      webhookConfiguration: {
        matchConditions: [
          { name: 'not-by-robots', expression: "request.userInfo.username != 'robot'" },
        ],
      },
    },
  ),
  policyFor(
    'overrides',
    { match: { any: [{ resources: inNamespace('overrides-*') }] } },
    {
      validationFailureAction: 'Audit',
      validationFailureActionOverrides: [{ action: 'Enforce', ...byLabel }],
    },
  ),
];

let fake: FakeKube;
let directory: string;
let webhook: WebhookProcess;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-match-'));
  fake = await startFakeKube();
  putNamespaces();
  putBindings();
  const [policies, certificates] = [join(directory, 'policies'), join(directory, 'certificates')];
  await mkdir(policies);
  await mkdir(certificates);
  for (const [index, policy] of POLICIES.entries())
    await writeFile(join(policies, `${index}.json`), JSON.stringify(policy));
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, fake.kubeconfig());
  const flags = ['--kubeconfig', kubeconfig];
  webhook = await startWebhookProcess({ policies, certificates, flags });
});

after(async () => {
  await webhook.stop();
  await fake.close();
  await rm(directory, { recursive: true });
});

function putNamespaces(): void {
  const namespaces = {
    'labels-prod': { environment: 'prod-1' },
    'labels-dev': { environment: 'dev' },
    'overrides-prod': { env: 'prod-2' },
    'overrides-dev': {},
  };
  for (const [name, labels] of Object.entries(namespaces))
    fake.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

function putBindings(): void {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  fake.put({
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'admins' },
    subjects: [{ kind: 'Group', name: 'admins' }],
    roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
  });
  fake.put({
    apiVersion,
    kind: 'RoleBinding',
    metadata: { name: 'deployers', namespace: 'roles' },
    subjects: [{ kind: 'ServiceAccount', name: 'flux' }],
    roleRef: { kind: 'Role', name: 'deployer' },
  });
}

async function review(namespace: string, userInfo: JsonObject): Promise<JsonObject> {
  const request = { ...reviewRequest(pod(['registry.example/a:1'])), namespace, userInfo };
  return webhook.review('/validate', request);
}

const EVE = { username: 'eve', groups: ['dev-a'] };
const ROBOT = { username: 'system:serviceaccount:ci:robot', groups: [] };
const FLUX = { username: 'system:serviceaccount:roles:flux', groups: [] };

const CASES: readonly (readonly [string, string, JsonObject, boolean])[] = [
  ['a namespace that the selector selects', 'labels-prod', EVE, false],
  ['a namespace that it does not select', 'labels-dev', EVE, true],
  ['a group that the policy is for', 'users', EVE, false],
  ['a service account that it is for', 'users', ROBOT, false],
  ['a user that it is not for', 'users', FLUX, true],
  ['a user who is not excluded', 'roles', EVE, false],
  ['a user who is excluded by a ClusterRole', 'roles', { username: 'a', groups: ['admins'] }, true],
  ['a service account that is excluded by a Role', 'roles', FLUX, true],
  ['a match condition that holds', 'conditions', EVE, false],
  ['a match condition that does not hold', 'conditions', { username: 'robot' }, true],
  ['an override for the namespace', 'overrides-prod', EVE, false],
  ['an override for other namespaces', 'overrides-dev', EVE, true],
];

for (const [name, namespace, userInfo, allowed] of CASES) {
  test(`the webhook ${allowed ? 'admits' : 'refuses'} a Pod: ${name}`, async () => {
    const response = await review(namespace, userInfo);
    assert.equal(member(response, 'allowed'), allowed, JSON.stringify(response));
    if (!allowed) assert.equal(member(member(response, 'status'), 'code'), 403);
  });
}

test('MNH-18 the webhook cannot decide in a namespace whose labels it cannot learn, so clients try again', async () => {
  const status = member(await review('labels-unknown', EVE), 'status');
  assert.equal(member(status, 'code'), 503);
  assert.equal(member(member(status, 'details'), 'retryAfterSeconds'), 1);
  assert.match(
    stringAt(status, 'message') ?? '',
    /the labels of its namespace are not known: Cannot get namespace "labels-unknown": it does not exist/,
  );
});
