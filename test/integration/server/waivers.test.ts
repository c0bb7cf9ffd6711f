import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type JsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import { pod } from '#test/support/admission/objects.ts';
import { reviewRequest } from '#test/support/admission/review-request.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { POLICY_EXCEPTIONS, POLICY_KINDS } from '#test/support/kube/served-types.ts';
import { until } from '#test/support/kube/until.ts';
import { startWebhookProcess, type WebhookProcess } from '#test/support/webhook/webhook-process.ts';
import { policyText } from './policy-fixture.ts';

let directory: string;
let fake: FakeKube;
let webhook: WebhookProcess;

/** What was asked of the API server's authorizers. */
const questions: JsonObject[] = [];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-waivers-'));
  fake = await startFakeKube({
    types: [...POLICY_KINDS, POLICY_EXCEPTIONS],
    authorize(spec) {
      questions.push(spec);
      return spec['user'] === 'demo';
    },
  });
  fake.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'security' } });
  const [policies, certificates] = ['policies', 'certificates'].map((name) =>
    join(directory, name),
  );
  assert.ok(policies && certificates);
  for (const folder of [policies, certificates]) await mkdir(folder);
  const name = 'name: pinned';
  const allowing = `${name}\n  annotations: { sign-policy.dev/allow-bypass: "true" }`;
  await writeFile(join(policies, 'policy.yaml'), policyText('pinned').replace(name, allowing));
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, fake.kubeconfig());
  const flags = [`--kubeconfig=${kubeconfig}`, '--exception-namespace=security'];
  webhook = await startWebhookProcess({ policies, certificates, flags });
  await until('readiness', async () => (await webhook.get('/readyz')).startsWith('ok'));
});

after(async () => {
  await webhook.stop();
  await fake.close();
  await rm(directory, { recursive: true });
});

async function review(annotations: JsonObject = {}, username = 'demo'): Promise<JsonObject> {
  const object = { ...pod(['nginx']), metadata: { name: 'web', annotations } };
  const request = { ...reviewRequest(object), userInfo: { username, groups: ['ops'] } };
  return webhook.review('/validate', request);
}

/** The only one. */
function warningOf({ warnings }: JsonObject): string {
  const [warning, ...more] = Array.isArray(warnings) ? (warnings as readonly JsonValue[]) : [];
  assert.deepEqual(more, []);
  return typeof warning === 'string' ? warning : '';
}

function exception(namespace: string, policyName = 'pinned'): JsonObject {
  return {
    apiVersion: 'kyverno.io/v2',
    kind: 'PolicyException',
    metadata: { name: 'pass', namespace },
    spec: {
      match: { any: [{ resources: { kinds: ['Pod'] } }] },
      exceptions: [{ policyName, ruleNames: ['digest'] }],
    },
  };
}

async function waitForAllowed(wanted: boolean): Promise<void> {
  await until(`allowed: ${wanted}`, async () => (await review())['allowed'] === wanted);
}

test('exceptions: one of a namespace that is not named exempts nothing, one that is named does, until it breaks', async () => {
  fake.put(exception('default'));
  await waitForAllowed(false);
  fake.put(exception('security'));
  await waitForAllowed(true);
  fake.put({
    ...exception('security'),
    spec: { ...(exception('security')['spec'] as JsonObject), x: 1 },
  });
  await waitForAllowed(false);
  const told = await webhook.get('/readyz?verbose');
  assert.match(
    told,
    /PolicyException "security\/pass" \(it exempts nothing\): spec\.x: unknown field/,
  );
  fake.put(exception('security'));
  await waitForAllowed(true);
  assert.match(
    await webhook.get('/metrics'),
    /sign_policy_waived_rules_total\{by="exception"\} [1-9]/,
  );
  fake.remove(exception('security'));
  await waitForAllowed(false);
});

test('bypass: the API server is asked whether the requester may, and the client is told', async () => {
  const annotations = {
    'policies.kyverno.io/skip': 'pinned',
    'sign-policy.dev/skip-reason': 'incident 42',
    'sign-policy.dev/skip-until': new Date(Date.now() + 3_600_000).toISOString(),
  };
  const allowed = await review(annotations);
  assert.equal(allowed['allowed'], true);
  assert.match(warningOf(allowed), /^policy pinned is bypassed by demo until .*: incident 42$/);
  assert.deepEqual(questions, [
    {
      user: 'demo',
      uid: '',
      groups: ['ops'],
      extra: {},
      resourceAttributes: {
        verb: 'bypass',
        group: 'kyverno.io',
        version: 'v1',
        resource: 'clusterpolicies',
        name: 'pinned',
      },
    },
  ]);
  const denied = await review(annotations, 'eve');
  assert.equal(denied['allowed'], false);
  assert.match(warningOf(denied), /eve may not "bypass" it/);
  assert.match(await webhook.get('/metrics'), /sign_policy_waived_rules_total\{by="bypass"\} 1\n/);
});

test('bypass: where the API server does not answer, nothing is bypassed', async () => {
  fake.fail({
    path: /subjectaccessreviews/,
    outcome: { kind: 'status', code: 500, reason: 'InternalError', message: 'no' },
  });
  const denied = await review({
    'policies.kyverno.io/skip': 'pinned',
    'sign-policy.dev/skip-reason': 'incident 42',
    'sign-policy.dev/skip-until': new Date(Date.now() + 3_600_000).toISOString(),
  });
  fake.heal();
  assert.equal(denied['allowed'], false);
  assert.match(warningOf(denied), /whether demo may is not known: /);
  assert.equal(stringAt(member(denied, 'status'), 'reason'), 'Forbidden');
});
