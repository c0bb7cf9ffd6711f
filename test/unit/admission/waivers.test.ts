import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionRequest, UserInfo } from '#shared/admission/admission-request.ts';
import type { BypassAuthorizer } from '#shared/admission/bypass.ts';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { parseDocuments } from '#shared/document/parse-documents.ts';
import type { PolicyException } from '#shared/policy/exception.ts';
import { readException } from '#shared/policy/read-exception.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';
import { deployment, pod, requestFor } from '../../support/admission/objects.ts';
import { policiesFrom } from '../../support/admission/policies.ts';

const NOW = Date.UTC(2026, 0, 1, 12);

const ALICE: UserInfo = { username: 'alice', uid: '', groups: [], extra: {} };

/** One rule that judges the object as a whole, one that verifies images by a registry that is down. */
const POLICIES = policiesFrom(`apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: strict
  annotations: { sign-policy.dev/allow-bypass: "true" }
spec:
  rules:
    - name: digest
      match: { any: [{ resources: { kinds: [Pod] } }] }
      validate:
        failureAction: Enforce
        pattern: { spec: { containers: [{ image: "*@sha256:*" }] } }
---
apiVersion: kyverno.io/v1
kind: Policy
metadata: { name: signed, namespace: prod }
spec:
  rules:
    - name: verify
      match: { any: [{ resources: { kinds: [Pod] } }] }
      verifyImages:
        - imageReferences: ["*"]
          failureAction: Enforce
          attestors: [{ entries: [{ keyless: { issuer: a, subject: b } }] }]
`);

interface World {
  readonly request?: Partial<AdmissionRequest>;
  readonly object?: JsonObject;
  readonly exceptions?: readonly PolicyException[];
  readonly authorizer?: BypassAuthorizer | undefined;
  readonly stage?: 'mutate' | 'validate';
}

async function admit({
  request,
  object,
  exceptions,
  authorizer,
  stage = 'validate',
}: World): Promise<Decision> {
  const engine = createAdmit({
    clock: { now: () => NOW },
    bypass: authorizer,
    openRegistry: () => Promise.reject(new RegistryError('UNREACHABLE', 'registry down')),
  });
  const asked = requestFor(object ?? pod(['ghcr.io/a/web:1', 'ghcr.io/b/proxy:1']), {
    userInfo: ALICE,
    ...request,
  });
  return engine(asked, { policies: POLICIES, exceptions, stage, pin: 'pods' });
}

function exception(spec: string, metadata = 'name: pass, namespace: team'): PolicyException {
  const text = `apiVersion: kyverno.io/v2
kind: PolicyException
metadata: { ${metadata} }
spec: { ${spec} }
`;
  const read = readException(parseDocuments(text, 'test.yaml')[0]?.value as JsonObject);
  assert.ok(read?.exception !== undefined, JSON.stringify(read?.faults));
  return read.exception;
}

const PODS = 'match: { any: [{ resources: { kinds: [Pod] } }] }';
/** Rules by name of both policies. */
function excepts(...rules: readonly string[]): string {
  const names = `ruleNames: [${rules.map((rule) => JSON.stringify(rule)).join(', ')}]`;
  return `exceptions: [{ policyName: strict, ${names} }, { policyName: prod/signed, ${names} }]`;
}

const ALL = excepts('*');

/** Rules with what they said. */
function results({ records }: Decision): readonly string[] {
  return records
    .map(({ rule, image, verdict }) => [rule, image, verdict.kind].filter(Boolean).join(' '))
    .toSorted();
}

const ASKED = [
  'digest ghcr.io/a/web:1 fail',
  'verify ghcr.io/a/web:1 error',
  'verify ghcr.io/b/proxy:1 error',
];

test('exceptions: without any, both rules refuse', async () => {
  const decision = await admit({});
  assert.equal(decision.allowed, false);
  assert.deepEqual(results(decision), ASKED);
});

test('exceptions: a whole rule is skipped, and the record names the exception in Kyverno’s words', async () => {
  const decision = await admit({ exceptions: [exception(`${PODS}, ${ALL}`)] });
  assert.equal(decision.outcome, 'admitted');
  assert.deepEqual(results(decision), ['digest skip', 'verify skip']);
  for (const { verdict, waivedBy } of decision.records) {
    assert.equal(verdict.message, 'rule is skipped due to policy exceptions: team/pass');
    assert.equal(waivedBy, 'exception');
  }
});

const PER_RULE: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'only the rules that it names',
    `${PODS}, exceptions: [{ policyName: strict, ruleNames: [digest] }]`,
    ['digest skip', 'verify ghcr.io/a/web:1 error', 'verify ghcr.io/b/proxy:1 error'],
  ],
  [
    'a namespaced policy by namespace and name',
    `${PODS}, exceptions: [{ policyName: prod/signed, ruleNames: [verify] }]`,
    ['digest ghcr.io/a/web:1 fail', 'verify skip'],
  ],
  [
    'nothing of a policy of another namespace',
    `${PODS}, exceptions: [{ policyName: signed, ruleNames: [verify] }]`,
    ASKED,
  ],
  [
    'nothing of objects that it does not match',
    `match: { any: [{ resources: { kinds: [Pod], namespaces: [other] } }] }, ${ALL}`,
    ASKED,
  ],
  [
    'nothing where the user is another one',
    `background: false, match: { any: [{ resources: { kinds: [Pod] }, subjects: [{ kind: User, name: bob }] }] }, ${ALL}`,
    ASKED,
  ],
  [
    'nothing where a label of the namespace cannot be learned',
    `match: { any: [{ resources: { kinds: [Pod], namespaceSelector: { matchLabels: { a: b } } } }] }, ${ALL}`,
    ASKED,
  ],
  [
    'single images; a rule that judges the whole object is asked as long as others are left',
    `${PODS}, ${ALL}, images: ["ghcr.io/a/*"]`,
    [
      'digest ghcr.io/a/web:1 fail',
      'verify ghcr.io/a/web:1 skip',
      'verify ghcr.io/b/proxy:1 error',
    ],
  ],
  [
    'every rule where it names every image',
    `${PODS}, ${ALL}, images: ["ghcr.io/a/*", "ghcr.io/b/*"]`,
    ['digest skip', 'verify skip'],
  ],
  [
    'no image where a wildcard would have to leave the host',
    `${PODS}, ${ALL}, images: ["*/web:*"]`,
    ASKED,
  ],
];

for (const [what, spec, wanted] of PER_RULE) {
  test(`exceptions: one takes out ${what}`, async () => {
    assert.deepEqual(results(await admit({ exceptions: [exception(spec)] })), wanted);
  });
}

const CONDITION =
  'key: "{{ request.object.metadata.labels.team || \'\' }}", operator: Equals, value: core';

test('exceptions: conditions must be met by the object', async () => {
  const exceptions = [exception(`${PODS}, ${ALL}, conditions: { all: [{ ${CONDITION} }] }`)];
  const plain = pod(['ghcr.io/a/web:1']);
  const labelled = { ...plain, metadata: { name: 'web', labels: { team: 'core' } } };
  assert.equal((await admit({ exceptions, object: plain })).allowed, false);
  assert.equal((await admit({ exceptions, object: labelled })).allowed, true);
});

test('exceptions: conditions that cannot be evaluated exempt nothing, and the client is told', async () => {
  const condition = 'key: "{{ nothing.like.this }}", operator: NotEquals, value: core';
  const exceptions = [exception(`${PODS}, ${ALL}, conditions: { any: [{ ${condition} }] }`)];
  const decision = await admit({ exceptions });
  assert.deepEqual(results(decision), ASKED);
  const told = decision.warnings.filter((warning) => warning.startsWith('PolicyException'));
  assert.match(told.join(), /^PolicyException team\/pass is not applied: failed to substitute/);
});

test('exceptions: a user is asked for; where nobody asks, the exception is for nobody', async () => {
  const spec = `background: false, match: { any: [{ resources: { kinds: [Pod] }, subjects: [{ kind: User, name: alice }] }] }, ${ALL}`;
  const exceptions = [exception(spec)];
  assert.equal((await admit({ exceptions })).outcome, 'admitted');
  const decision = await admit({ exceptions, request: { userInfo: undefined } });
  assert.deepEqual(results(decision), ASKED);
});

test('exceptions: labels of the namespace are asked for', async () => {
  const spec = `match: { any: [{ resources: { kinds: [Pod], namespaceSelector: { matchLabels: { a: b } } } }] }, ${ALL}`;
  const facts = {
    namespaceLabels: () => Promise.resolve({ a: 'b' }),
    roles: () => Promise.reject(new Error('unknown')),
  };
  const decision = await admit({ exceptions: [exception(spec)], request: { facts } });
  assert.equal(decision.outcome, 'admitted');
});

test('exceptions: generated rules have to be named', async () => {
  const object = deployment(['ghcr.io/a/web:1']);
  const match = 'match: { any: [{ resources: { kinds: [Deployment] } }] }';
  const named = (...rules: readonly string[]): PolicyException =>
    exception(`${match}, ${excepts(...rules)}`);
  assert.equal((await admit({ object, exceptions: [named('digest', 'verify')] })).allowed, false);
  const generated = [named('autogen-digest'), named('autogen-verify')];
  assert.equal((await admit({ object, exceptions: generated })).outcome, 'admitted');
});

test('MNH-27 exceptions: one for Pods is not for what is put into them later, unless it says so', async () => {
  const debugged = pod([], {
    ephemeralContainers: [{ name: 'debug', image: 'ghcr.io/evil/shell:1' }],
  });
  const request = {
    operation: 'UPDATE' as const,
    subresource: 'ephemeralcontainers',
    oldObject: pod([]),
  };
  const rows = [
    [PODS, false],
    [`match: { any: [{ resources: { kinds: [Pod, Pod/ephemeralcontainers] } }] }`, true],
    [
      `match: { all: [{ resources: { kinds: [Pod] } }, { resources: { kinds: ["Pod/*"] } }] }`,
      false,
    ],
  ] as const;
  for (const [match, wanted] of rows) {
    const exceptions = [exception(`${match}, ${ALL}`)];
    const decision = await admit({ object: debugged, request, exceptions });
    assert.equal(decision.allowed, wanted, match);
  }
});

test('exceptions: an image that cannot be parsed is in no exception for images', async () => {
  const object = pod(['UPPER CASE']);
  const decision = await admit({
    object,
    exceptions: [exception(`${PODS}, ${ALL}, images: ["*"]`)],
  });
  assert.equal(decision.allowed, false);
});

const ANNOTATIONS = {
  'policies.kyverno.io/skip': 'strict',
  'sign-policy.dev/skip-reason': 'incident 42',
  'sign-policy.dev/skip-until': '2026-01-01T18:00:00Z',
};

const ONLY_ALICE: BypassAuthorizer = {
  mayBypass: ({ username }) => Promise.resolve(username === 'alice'),
};

function annotated(
  annotations: JsonObject,
  object: JsonObject = pod(['ghcr.io/a/web:1']),
): JsonObject {
  return { ...object, metadata: { name: 'web', namespace: 'prod', annotations } };
}

test('bypass: an allowed requester with reason and end skips the named policy, and is told', async () => {
  for (const stage of ['mutate', 'validate'] as const) {
    const decision = await admit({ stage, object: annotated(ANNOTATIONS), authorizer: ONLY_ALICE });
    assert.deepEqual(results(decision), ['digest skip', 'verify ghcr.io/a/web:1 error']);
    const what = 'by alice until 2026-01-01T18:00:00Z: incident 42';
    assert.ok(decision.warnings.includes(`policy strict is bypassed ${what}`));
    const [record] = decision.records.filter(({ waivedBy }) => waivedBy === 'bypass');
    assert.equal(
      record?.verdict.message,
      `rule is skipped by annotation policies.kyverno.io/skip ${what}`,
    );
  }
});

const NOT_BYPASSED: readonly (readonly [string, World, RegExp])[] = [
  [
    'without a reason',
    { object: annotated({ ...ANNOTATIONS, 'sign-policy.dev/skip-reason': ' ' }) },
    /skip-reason must say why, in at most 200 characters$/,
  ],
  [
    'without an end',
    { object: annotated({ ...ANNOTATIONS, 'sign-policy.dev/skip-until': 'tomorrow' }) },
    /skip-until must say until when, as in 2026-01-31T18:00:00Z$/,
  ],
  [
    'with an end without a time zone',
    { object: annotated({ ...ANNOTATIONS, 'sign-policy.dev/skip-until': '2026-01-01T18:00:00' }) },
    /skip-until must say until when/,
  ],
  [
    'after its end',
    { object: annotated({ ...ANNOTATIONS, 'sign-policy.dev/skip-until': '2026-01-01T12:00:00Z' }) },
    /skip-until is in the past$/,
  ],
  [
    'for more than a day',
    { object: annotated({ ...ANNOTATIONS, 'sign-policy.dev/skip-until': '2026-01-02T12:00:01Z' }) },
    /skip-until is more than 24 hours ahead$/,
  ],
  [
    'by somebody who may not',
    { request: { userInfo: { ...ALICE, username: 'eve' } } },
    /eve may not "bypass" it$/,
  ],
  ['by nobody', { request: { userInfo: undefined } }, /nobody knows who asks$/],
  ['where nobody can be asked', { authorizer: undefined }, /nobody knows who asks$/],
  [
    'where the right cannot be found out',
    { authorizer: { mayBypass: () => Promise.reject(new Error('API server down')) } },
    /whether alice may is not known: API server down$/,
  ],
  [
    'of a policy that does not allow it',
    { object: annotated({ ...ANNOTATIONS, 'policies.kyverno.io/skip': 'prod/signed' }) },
    /does not bypass policy prod\/signed: the policy does not allow it$/,
  ],
  [
    'of a policy that does not allow it, which is said before what the annotations lack',
    { object: annotated({ 'policies.kyverno.io/skip': 'prod/signed' }) },
    /does not bypass policy prod\/signed: the policy does not allow it$/,
  ],
  [
    'on a workload',
    { object: annotated(ANNOTATIONS, deployment(['ghcr.io/a/web:1'])) },
    /it counts on Pods only, not on a Deployment; write a PolicyException$/,
  ],
];

for (const [what, world, wanted] of NOT_BYPASSED) {
  test(`MNH-07 bypass: none ${what}, and the requester is told`, async () => {
    const decision = await admit({
      object: annotated(ANNOTATIONS),
      authorizer: ONLY_ALICE,
      ...world,
    });
    assert.equal(decision.allowed, false);
    assert.ok(decision.records.every(({ verdict }) => verdict.kind !== 'skip'));
    assert.ok(
      decision.warnings.some((warning) => wanted.test(warning)),
      decision.warnings.join('\n'),
    );
  });
}

test('bypass: annotations about policies that have nothing to say are not mentioned', async () => {
  const object = annotated({ ...ANNOTATIONS, 'policies.kyverno.io/skip': 'other, *' });
  const decision = await admit({ object, authorizer: ONLY_ALICE });
  assert.equal(decision.allowed, false);
  assert.deepEqual(decision.warnings, []);
});
