import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { createLog } from '#server/observe/log.ts';
import { KindRegistration } from '#server/registration/kind-registration.ts';
import { type JsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import type { Policy } from '#shared/policy/model.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import { policiesFrom, verifyPolicy } from '#test/support/admission/policies.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { Refusal } from '#test/support/kube/object-store.ts';
import { until } from '#test/support/kube/until.ts';

const NAME = 'admission-sign-policy';
const KEY = generateSignerKey().publicKeyPem;
const KINDS = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const;

let fake: FakeKube;
let directory: string;
let stop: AbortController;
let lines: string[];
let registration: KindRegistration;
let changes: number;
/** Objects that hold this are refused. */
let refused: RegExp | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-kinds-'));
  refused = undefined;
  changes = 0;
  fake = await startFakeKube({
    refuse: (object) => {
      if (refused?.test(JSON.stringify(object)) === true)
        throw new Refusal(422, 'Invalid', 'webhooks[1]: Invalid value');
    },
  });
  await writeFile(join(directory, 'kubeconfig'), fake.kubeconfig());
  stop = new AbortController();
  lines = [];
  registration = new KindRegistration({
    kube: await openKube({ kubeconfig: join(directory, 'kubeconfig') }),
    name: NAME,
    log: createLog('info', { write: (line) => void lines.push(line) }),
    signal: stop.signal,
    interval: 10,
    onChange: () => (changes += 1),
  });
});

afterEach(async () => {
  stop.abort();
  await fake.close();
  await rm(directory, { recursive: true });
});

const CLIENT = { service: { name: 'sign-policy-webhook' }, caBundle: 'Q0E=' };

function installConfigurations(): void {
  for (const kind of KINDS) {
    fake.put({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: NAME },
      webhooks: [
        {
          name: 'pods.sign-policy.dev',
          clientConfig: CLIENT,
          failurePolicy: 'Fail',
          rules: [{ resources: ['pods'] }],
          matchConditions: [{ name: 'a', expression: 'true' }],
        },
      ],
    });
  }
}

function webhooks(kind: (typeof KINDS)[number]): readonly JsonObject[] {
  const found: JsonValue | undefined = member(fake.get(kind, NAME), 'webhooks');
  return Array.isArray(found) ? (found as readonly JsonObject[]) : [];
}

async function untilNames(wanted: readonly string[]): Promise<void> {
  await until(wanted.join(' and '), () => {
    const names = KINDS.flatMap((kind) => webhooks(kind).map((each) => stringAt(each, 'name')));
    return isDeepStrictEqual(names, wanted);
  });
}

const BOTH = [
  'pods.sign-policy.dev',
  'mutate-kinds.sign-policy.dev',
  'pods.sign-policy.dev',
  'validate-kinds.sign-policy.dev',
];
const PODS_ONLY = ['pods.sign-policy.dev', 'pods.sign-policy.dev'];

function policiesFor(kind: string): readonly Policy[] {
  return policiesFrom(`apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: tasks }
spec:
  rules:
    - name: r
      match: { any: [{ resources: { kinds: [${kind}] } }] }
      imageExtractors: { Task: [{ path: /spec/image }], Run: [{ path: /spec/image }] }
      verifyImages: [{ imageReferences: ["*"], mutateDigest: false }]
`);
}

test('MNH-28 the kinds of policies are registered like the webhook itself, and nothing else changes', async () => {
  installConfigurations();
  registration.take(policiesFor('Task'));
  await untilNames(BOTH);
  for (const kind of KINDS) {
    const [pods, kinds] = webhooks(kind);
    assert.deepEqual(pods?.['rules'], [{ resources: ['pods'] }]);
    assert.deepEqual(kinds?.['clientConfig'], CLIENT);
    assert.equal(kinds?.['failurePolicy'], 'Fail');
    assert.deepEqual(kinds?.['matchConditions'], [
      { name: 'kinds-of-policies', expression: 'request.kind.kind in ["Task"]' },
    ]);
  }
  assert.deepEqual(registration.problems(), []);
});

test('kinds follow the policies, and go with them', async () => {
  installConfigurations();
  registration.take(policiesFor('Task'));
  await untilNames(BOTH);
  registration.take(policiesFor('Run'));
  await until('the other kind', () => /in \[\\"Run\\"\]/.test(JSON.stringify(webhooks(KINDS[1]))));
  registration.take(policiesFor('Pod'));
  await untilNames(PODS_ONLY);
});

test('what is right already is not written again', async () => {
  installConfigurations();
  registration.take(policiesFor('Task'));
  await untilNames(BOTH);
  const reads = (): number => fake.requests.filter(({ method }) => method === 'GET').length;
  const before = reads();
  await until('more looks', () => reads() > before + 4);
  assert.equal(fake.requests.filter(({ method }) => method === 'PATCH').length, 2);
});

test('policies without such kinds write nothing', async () => {
  installConfigurations();
  registration.take(policiesFor('Pod'));
  await until('the look', () => fake.requests.length === 2);
  registration.take(policiesFor('Task'));
  await untilNames(BOTH);
  assert.deepEqual(
    fake.requests.slice(0, 3).map(({ method }) => method),
    ['GET', 'GET', 'GET'],
  );
});

test('configurations that are installed later, or put back by somebody, get the kinds', async () => {
  registration.take(policiesFor('Task'));
  await until('a look', () => fake.requests.length > 0);
  installConfigurations();
  await untilNames(BOTH);
  installConfigurations();
  await untilNames(BOTH);
});

test('MNH-28 what cannot be registered is told until it is', async () => {
  installConfigurations();
  fake.fail({ path: /webhookconfigurations/, outcome: { kind: 'status', code: 403 } });
  registration.take(policiesFor('Task'));
  await until('the problem', () => registration.problems().length > 0);
  assert.match(registration.problems()[0] ?? '', /the webhook is not registered for Task: /);
  assert.equal(lines.filter((line) => line.includes('not registered')).length, 1);
  fake.heal();
  await untilNames(BOTH);
  await until('no problem', () => registration.problems().length === 0);
});

/** A policy of a namespace about these kinds. */
function namespaced(namespace: string, kinds: readonly string[]): Policy {
  const [policy] = policiesFrom(`apiVersion: sign-policy.dev/v1alpha1
kind: SignPolicy
metadata: { name: tasks, namespace: ${namespace} }
spec:
  rules:
    - name: r
      match: { any: [{ resources: { kinds: [${kinds.join(', ')}] } }] }
      validate: { pattern: { spec: { image: "*@sha256:*" } } }
`);
  assert.ok(policy !== undefined);
  return policy;
}

function conditionOf(kind: (typeof KINDS)[number]): string {
  return JSON.stringify(webhooks(kind)[1]?.['matchConditions'] ?? '');
}

test('MNH-20 masses of kinds of a namespace keep no kind of the cluster from being registered, and are told', async () => {
  installConfigurations();
  const names = Array.from({ length: 9_000 }, (_, index) => `LongNameOfKind${index}`);
  const greedy = namespaced('team', names);
  registration.take([greedy, ...policiesFor('Task')]);
  await untilNames(BOTH);
  for (const kind of KINDS) assert.match(conditionOf(kind), /in \[\\"Task\\"\]/);
  const [line, ...more] = registration.problems();
  assert.match(
    line ?? '',
    /^the webhook is not registered for LongNameOfKind1\d*, .* and 8940 other kinds of policies of namespace team: all policies of a namespace together may name 50 kinds$/,
  );
  assert.deepEqual(more, []);
  assert.equal(lines.filter((one) => one.includes('not registered')).length, 1);
  assert.equal(registration.leftOut(greedy)[0]?.kinds.length, 8_950);
  assert.deepEqual(registration.leftOut(namespaced('other', ['LongNameOfKind99'])), []);
  assert.equal(changes, 1);
  registration.take(policiesFor('Task'));
  assert.deepEqual(registration.problems(), []);
  assert.equal(changes, 2);
});

test('MNH-20 what an API server refuses of a namespace keeps nobody else from being registered, until it is accepted', async () => {
  installConfigurations();
  refused = /Odd/;
  const odd = namespaced('odd', ['Odd', 'Run']);
  registration.take([odd, namespaced('team', ['Run']), ...policiesFor('Task')]);
  await until('what is told', () => registration.problems().length > 0);
  for (const kind of KINDS) {
    assert.match(conditionOf(kind), /in \[\\"Task\\"\]/);
    assert.match(conditionOf(kind), /== \\"team\\"/);
    assert.doesNotMatch(conditionOf(kind), /odd/i);
  }
  for (const line of registration.problems())
    assert.match(
      line,
      /^the webhook is not registered for Odd, Run of policies of namespace odd: Cannot patch .*webhookconfigurations.* 422 Invalid: webhooks\[1\]: Invalid value$/,
    );
  assert.deepEqual(
    registration.leftOut(odd)[0]?.kinds.map(({ kind }) => kind),
    ['Odd', 'Run'],
  );
  const writes = (): number =>
    fake.requests.filter(({ method, url }) => method === 'PATCH' && url.includes('dryRun')).length;
  const before = writes();
  const looks = (): number => fake.requests.filter(({ method }) => method === 'GET').length;
  const seen = looks();
  await until('more looks', () => looks() > seen + 8);
  assert.equal(writes(), before, 'what was found out is not asked again');
  refused = undefined;
  await until('all', () => registration.problems().length === 0);
  for (const kind of KINDS) assert.match(conditionOf(kind), /\\"Odd\\"/);
  assert.deepEqual(registration.leftOut(odd), []);
});

test('MNH-28 what is refused of the cluster is told, and leaves what is registered as it is', async () => {
  installConfigurations();
  registration.take(policiesFor('Run'));
  await untilNames(BOTH);
  refused = /Task/;
  registration.take([namespaced('team', ['Run']), ...policiesFor('Task')]);
  await until('the problem', () => registration.problems().length > 0);
  assert.match(registration.problems()[0] ?? '', /not registered for Task, Run: .*Invalid value/);
  for (const kind of KINDS) assert.match(conditionOf(kind), /in \[\\"Run\\"\]/);
});

const TIMEOUTS: readonly (readonly [string, string, number | undefined, number | undefined])[] = [
  ['raises the time for an answer to what a policy asks for', '30', undefined, 30],
  ['leaves an answer the usual time where a policy asks for less', '5', undefined, undefined],
  ['leaves alone what an administrator set above', '20', 25, 25],
];

for (const [title, seconds, installed, expected] of TIMEOUTS) {
  test(`registration: ${title}`, async () => {
    installConfigurations();
    for (const kind of KINDS) {
      const [webhook] = webhooks(kind);
      const timed = installed === undefined ? {} : { timeoutSeconds: installed };
      const metadata = { name: NAME };
      const apiVersion = 'admissionregistration.k8s.io/v1';
      fake.put({ apiVersion, kind, metadata, webhooks: [{ ...webhook, ...timed }] });
    }
    const text = verifyPolicy({
      images: '*',
      keys: [KEY],
      spec: [`webhookTimeoutSeconds: ${seconds}`],
    });
    registration.take(policiesFrom(text));
    await until('both configurations were looked at', () =>
      ['mutating', 'validating'].every((kind) =>
        fake.requests.some(({ url }) => url.includes(`${kind}webhookconfigurations/`)),
      ),
    );
    await until('the time', () =>
      KINDS.every((kind) => member(webhooks(kind)[0], 'timeoutSeconds') === expected),
    );
  });
}
