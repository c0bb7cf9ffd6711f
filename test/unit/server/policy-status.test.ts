import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenPolicy } from '#server/policy/broken-policy.ts';
import type { PolicyReading } from '#server/policy/policy-reading.ts';
import { policyStatus } from '#server/policy/policy-status.ts';
import { readDocument } from '#server/policy/read-documents.ts';
import { parseDocuments } from '#shared/document/parse-documents.ts';
import type { KubeObject } from '#shared/kube/kube.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const TYPE = { group: 'sign-policy.dev', version: 'v1alpha1', resource: 'clustersignpolicies' };

function rule(name: string, body: string): string {
  return `
    - name: ${name}
      match: { any: [{ resources: { kinds: [Pod] } }] }
      ${body}`;
}

const PATTERN =
  'validate: { pattern: { spec: { containers: [{ image: "*@sha256:*" }] } }, failureAction: Enforce }';
const VERIFY =
  'verifyImages: [{ imageReferences: ["*"], mutateDigest: false, attestors: [{ entries: [{ keyless: { issuer: a, subject: b } }] }] }]';
const FOREIGN = 'generate: { kind: ConfigMap }';
// Kyverno accepts anybody's attestation here; we never will.
const UNSUPPORTED =
  'verifyImages: [{ imageReferences: ["*"], mutateDigest: false, attestations: [{ type: a }] }]';

function object(rules: readonly string[], status?: object): KubeObject {
  const text = `apiVersion: sign-policy.dev/v1alpha1
kind: ClusterSignPolicy
metadata: { name: a, generation: 7 }
spec:
  rules:${rules.join('')}
`;
  const value = parseDocuments(text, 'a.yaml')[0]?.value as KubeObject;
  return status === undefined ? value : ({ ...value, status } as KubeObject);
}

function reading(read: KubeObject, standing: PolicyReading['standing'] = 'newest'): PolicyReading {
  const document = readDocument(read);
  assert.ok(document.kind === 'policy' || document.kind === 'broken');
  const { faults } = document;
  const policy = document.kind === 'policy' ? document.policy : brokenPolicy(read, faults);
  return { type: TYPE, object: read, policy, standing, faults };
}

test('policy status: a policy in force is ready, with its mode, its rules and the kinds it matches', () => {
  const read = object([rule('a', PATTERN), rule('b', VERIFY), rule('c', FOREIGN)]);
  const status = policyStatus(reading(read), NOW);
  assert.deepEqual(status, {
    observedGeneration: 7,
    ready: true,
    mode: 'Mixed',
    rules: { written: 3, verifyImages: 1, validate: 1, unsupported: 0, others: 1 },
    matches: ['Pod'],
    faults: [],
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'InForce',
        message: 'In force; 1 rule is not about images and left to other engines',
        observedGeneration: 7,
        lastTransitionTime: '2026-01-02T03:04:05Z',
      },
    ],
  });
});

test('policy status: a policy in force without rules for others says so and no more', () => {
  const status = policyStatus(reading(object([rule('a', PATTERN)])), NOW);
  const [condition] = status['conditions'] as readonly { message: string }[];
  assert.equal(condition?.message, 'In force');
});

test('policy status: a policy whose rules are all left to others is not ready, and counts them', () => {
  const cases = [
    ['1 rule is not about images and left to other engines', [rule('a', FOREIGN)]],
    [
      '2 rules are not about images and left to other engines',
      [rule('a', FOREIGN), rule('b', FOREIGN)],
    ],
  ] as const;
  for (const [what, rules] of cases) {
    const status = policyStatus(reading(object(rules)), NOW);
    assert.equal(status['ready'], false);
    assert.equal(status['mode'], 'None');
    const written = rules.length;
    const counts = { written, verifyImages: 0, validate: 0, unsupported: 0, others: written };
    assert.deepEqual(status['rules'], counts);
    const [condition] = status['conditions'] as readonly { reason: string; message: string }[];
    assert.equal(condition?.reason, 'NoRuleHandled');
    assert.equal(condition.message, `No rule of this policy is handled here: ${what}`);
  }
});

test('policy status: rules generated for workloads show their kinds and are not counted', () => {
  const status = policyStatus(reading(object([rule('a', PATTERN)])), NOW);
  assert.deepEqual(status['matches'], [
    'CronJob.batch',
    'DaemonSet.apps',
    'Deployment.apps',
    'Job.batch',
    'Pod',
    'ReplicaSet.apps',
    'ReplicationController',
    'StatefulSet.apps',
  ]);
  assert.deepEqual(status['mode'], 'Enforce');
  assert.equal((status['rules'] as { written: number }).written, 1);
  assert.equal((status['rules'] as { validate: number }).validate, 1);
});

test('policy status: a rule that cannot be judged makes the policy not ready and names the field', () => {
  const status = policyStatus(reading(object([rule('a', UNSUPPORTED)])), NOW);
  assert.equal(status['ready'], false);
  const [condition] = status['conditions'] as readonly { reason: string; message: string }[];
  assert.equal(condition?.reason, 'UnsupportedRules');
  assert.match(condition.message, /never pass: spec\.rules\[0\]\.verifyImages\[0\]/);
});

test('MNH-28 policy status: a policy with kinds that the webhook is not called for is not ready, and says why', () => {
  const kind = { group: 'tekton.dev', version: 'v1', kind: 'Task', subresource: '' };
  const unregistered = [{ kinds: [kind, { ...kind, kind: 'Run' }], reason: 'there are too many' }];
  const status = policyStatus(reading(object([rule('a', PATTERN)])), NOW, unregistered);
  assert.equal(status['ready'], false);
  const [condition] = status['conditions'] as readonly { reason: string; message: string }[];
  assert.equal(condition?.reason, 'NotRegistered');
  assert.equal(
    condition.message,
    'The webhook is not registered for all kinds: there are too many, so it is not called for Run.tekton.dev, Task.tekton.dev',
  );
});

test('policy status: a broken version says whether the last good one is still in force', () => {
  const broken = reading(object([rule('a', 'verifyImages: []')]));
  const rows = [
    { standing: 'last-good', reason: 'LastGoodVersionInForce', starts: /^This version cannot/ },
    { standing: 'stand-in', reason: 'Unusable', starts: /^This policy cannot be used, what it/ },
  ] as const;
  for (const { standing, reason, starts } of rows) {
    const status = policyStatus({ ...broken, standing }, NOW);
    const [condition] = status['conditions'] as readonly { reason: string; message: string }[];
    assert.equal(condition?.reason, reason);
    assert.match(condition.message, starts);
    assert.match(condition.message, /spec\.rules\[0\]\.verifyImages: found no entries/);
    assert.deepEqual((status['faults'] as readonly object[])[0], {
      severity: 'error',
      path: 'spec.rules[0].verifyImages',
      message: 'found no entries, expected at least one',
    });
  }
});

test('policy status: the time of the condition stays while the condition does', () => {
  const before = { type: 'Ready', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' };
  const good = [rule('a', PATTERN)];
  const kept = policyStatus(reading(object(good, { conditions: [before] })), NOW);
  assert.equal(timeOf(kept), before.lastTransitionTime);
  const other = { ...before, status: 'False' };
  const moved = policyStatus(reading(object(good, { conditions: [other] })), NOW);
  assert.equal(timeOf(moved), '2026-01-02T03:04:05Z');
});

test('policy status: many faults and long texts are cut', () => {
  const rules = Array.from({ length: 60 }, (_, index) => rule(`r${index}`, 'verifyImages: []'));
  const status = policyStatus(reading(object(rules), 'stand-in'), NOW);
  assert.equal((status['faults'] as readonly object[]).length, 20);
  const [condition] = status['conditions'] as readonly { message: string }[];
  assert.equal(condition?.message.length, 1_001);
});

function timeOf(status: ReturnType<typeof policyStatus>): string | undefined {
  return (status['conditions'] as readonly { lastTransitionTime: string }[])[0]?.lastTransitionTime;
}
