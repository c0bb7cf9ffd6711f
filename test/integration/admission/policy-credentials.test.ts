import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { Admit } from '#shared/admission/admit.ts';
import type { CredentialQuestion } from '#shared/admission/registry-doors.ts';
import type { Decision } from '#shared/admission/decision.ts';
import { createRegistryFactory } from '#shared/registry/registry-factory.ts';
import type { Keychain } from '#shared/registry/keychain.ts';
import { anonymousKeychain } from '#shared/registry/static-keychain.ts';
import { pod, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom, verifyPolicy } from '#test/support/admission/policies.ts';
import { testClock } from '#test/support/admission/engine.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage } from '#test/support/signer/signed-image.ts';

const USER = { username: 'robot', password: 'secret' };
const registry = await startRegistry();
const clock = testClock();
const registries = createRegistryFactory({
  version: 'test',
  clock,
  environment: {},
  sleep: async () => Promise.resolve(),
});
after(async () => {
  await registries.close();
  await registry.close();
});

const key = generateSignerKey();
const signed = putSignedImage(registry, 'acme/signed:v1', { key });

const robot: Keychain = {
  scope: 'robot',
  resolve: async () => Promise.resolve({ kind: 'basic', ...USER }),
};

let questions: CredentialQuestion[];
let admitWith: Admit;

beforeEach(() => {
  questions = [];
  registry.reset();
  registry.auth = { kind: 'basic', ...USER };
  admitWith = createAdmit({
    clock,
    openRegistry: async () => Promise.resolve(registries.open(anonymousKeychain)),
    openWithCredentials: async (question) => {
      questions.push(question);
      const isRobot = question.secrets.some(({ name }) => name === 'robot');
      const lacks = isRobot ? [] : ['Secret "x" does not exist'];
      return Promise.resolve({
        registry: registries.open(isRobot ? robot : anonymousKeychain),
        lacks: () => lacks,
      });
    },
  });
});

/** A policy for each list of Secrets; undefined for the usual credentials. */
async function admit(...secrets: readonly (readonly string[] | undefined)[]): Promise<Decision> {
  const policies = secrets.flatMap((names, index) =>
    policiesFrom(
      verifyPolicy({
        name: `p${index}`,
        images: `${registry.host}/*`,
        keys: [key.publicKeyPem],
        entry:
          names === undefined
            ? []
            : [`imageRegistryCredentials: { secrets: ${JSON.stringify(names)} }`],
      }),
    ),
  );
  return admitWith(requestFor(pod([signed.reference])), { policies, stage: 'mutate', pin: 'pods' });
}

test('credentials of a policy: are asked for once a request, with the Pod’s own beside them', async () => {
  const decision = await admit(['robot'], ['robot']);
  assert.equal(decision.allowed, true, decision.message);
  assert.deepEqual(questions, [
    {
      secrets: [{ namespace: undefined, name: 'robot' }],
      providers: [],
      usesOwn: false,
      pull: { namespace: 'prod', serviceAccountName: 'default', imagePullSecrets: [] },
    },
  ]);
});

test('credentials of a policy: what is missing is told where it may be the cause', async () => {
  const { outcome, message } = await admit(['other']);
  assert.equal(outcome, 'unknown');
  assert.match(message, /Secret "x" does not exist/);
  registry.auth = { kind: 'none' };
  const admitted = await admit(['other']);
  assert.equal(admitted.allowed, true, 'what is public needs none');
});

test('MNH-19 credentials of a policy: what they found is not shown to another policy', async () => {
  assert.equal((await admit(['robot'])).allowed, true);
  const other = await admit(['robot'], undefined);
  assert.equal(other.outcome, 'unknown', other.message);
  const unknown = other.records.filter(({ verdict }) => verdict.kind === 'error');
  assert.deepEqual(
    unknown.map(({ policy, verdict }) => [policy, 'reason' in verdict && verdict.reason]),
    [['p1', 'REGISTRY_UNAUTHORIZED']],
  );
});

for (const order of [
  [['robot'], undefined],
  [undefined, ['robot']],
] as const) {
  test(`MNH-01 credentials of a policy: a tag stands for one digest in a request (${JSON.stringify(order)})`, async () => {
    registry.auth = { kind: 'none' };
    const decision = await admit(...order);
    assert.equal(decision.allowed, true, decision.message);
    const heads = registry.requests.filter(({ method }) => method === 'HEAD');
    assert.equal(heads.length, 1);
  });
}

test('credentials of a policy: without a place to get them from, the usual ones are used', async () => {
  registry.auth = { kind: 'none' };
  admitWith = createAdmit({
    clock,
    openRegistry: async () => Promise.resolve(registries.open(anonymousKeychain)),
  });
  const decision = await admit(['robot']);
  assert.equal(decision.allowed, true, decision.message);
});

function namespaced(secret: string): string {
  return verifyPolicy({
    name: 'own',
    images: `${registry.host}/*`,
    keys: [key.publicKeyPem],
    entry: [`imageRegistryCredentials: { secrets: ["${secret}"] }`],
  })
    .replace('kind: ClusterPolicy', 'kind: Policy')
    .replace('{ name: own }', '{ name: own, namespace: prod }');
}

async function admitNamespaced(secret: string): Promise<Decision> {
  const labels = { registry: 'other/robot' };
  const object = { ...pod([signed.reference]), metadata: { name: 'web', labels } };
  const policies = policiesFrom(namespaced(secret));
  return admitWith(requestFor(object), { policies, stage: 'mutate', pin: 'pods' });
}

test('credentials of a policy: variables in the names of Secrets are filled', async () => {
  const decision = await admitNamespaced('{{ request.namespace }}/robot');
  assert.equal(decision.allowed, true, decision.message);
  assert.deepEqual(questions[0]?.secrets, [{ namespace: 'prod', name: 'robot' }]);
});

for (const [what, secret, outcome] of [
  [
    'a variable',
    '{{ request.object.metadata.labels.registry }}',
    /"other\/robot" of imageRegistry/,
  ],
  ['its author', 'other/robot', /expected "prod\/NAME"/],
] as const) {
  test(`MNH-20 credentials of a policy: ${what} leads a namespaced policy to no other namespace`, async () => {
    const decision = await admitNamespaced(secret);
    assert.equal(decision.outcome, 'unknown');
    assert.match(decision.message, outcome);
    assert.deepEqual(questions, []);
  });
}
