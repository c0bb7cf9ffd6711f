import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenPolicy } from '#server/policy/broken-policy.ts';
import { createPolicySet } from '#server/policy/policy-set.ts';
import { PolicyStore } from '#server/policy/policy-store.ts';
import { applicableRules } from '#shared/admission/applicable-rules.ts';
import { customKinds } from '#shared/policy/custom-kinds.ts';
import type { Policy } from '#shared/policy/model.ts';
import { requestFor } from '#test/support/admission/objects.ts';

function policy(name: string, spec: Record<string, string> = {}): Policy {
  return brokenPolicy(
    { apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', metadata: { name }, spec },
    [{ severity: 'error', path: 'spec.x', message: 'is wrong' }],
  );
}

test('MNH-18 PolicyStore: there is no policy set until every source has been read', () => {
  const store = new PolicyStore();
  const files = store.source('files');
  const cluster = store.source('cluster');
  assert.equal(store.current(), undefined);
  assert.deepEqual(store.pending(), ['files', 'cluster']);
  files({ policies: [policy('a')], problems: [] });
  assert.equal(store.current(), undefined);
  assert.deepEqual(store.pending(), ['cluster']);
  cluster({ policies: [], problems: [] });
  assert.deepEqual(
    store.current()?.policies.map(({ name }) => name),
    ['a'],
  );
});

test('PolicyStore: a change of one source swaps the whole set and leaves the old one as it was', () => {
  const store = new PolicyStore();
  const files = store.source('files');
  const cluster = store.source('cluster');
  files({ policies: [policy('a')], problems: ['a is odd'] });
  cluster({ policies: [policy('b')], problems: [] });
  const before = store.current();
  files({ policies: [policy('c')], problems: [] });
  assert.deepEqual(
    before?.policies.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.deepEqual(
    store.current()?.policies.map(({ name }) => name),
    ['c', 'b'],
  );
  assert.deepEqual(store.problems(), []);
});

const ACTIONS: readonly (readonly [string, Record<string, unknown>, boolean])[] = [
  ['spec says Enforce', { validationFailureAction: 'Enforce' }, true],
  ['the old spelling', { validationFailureAction: 'enforce' }, true],
  ['spec says Audit', { validationFailureAction: 'Audit' }, false],
  ['a rule says Enforce', { rules: [{ validate: { failureAction: 'Enforce' } }] }, true],
  ['an override says Enforce', { validationFailureActionOverrides: [{ action: 'Enforce' }] }, true],
  ['nothing is said', { rules: [] }, false],
];

for (const [title, spec, enforcing] of ACTIONS) {
  test(`MNH-06 brokenPolicy: ${title}, so it ${enforcing ? 'refuses' : 'only reports'}`, () => {
    const stand = policy('p', spec as Record<string, string>);
    assert.equal(createPolicySet([stand]).enforcing, enforcing);
    assert.equal(stand.rules[0]?.kind, 'unsupported');
  });
}

test('MNH-28 brokenPolicy: the kinds that its extractors name are registered and judged too', () => {
  const extractors = { Task: [{ path: '/spec' }], Pod: [], 'a kind': [], toString: [] };
  const rules = [{ imageExtractors: extractors }, 'none', { imageExtractors: 'none' }];
  const stand = brokenPolicy(
    {
      apiVersion: 'kyverno.io/v1',
      kind: 'ClusterPolicy',
      metadata: { name: 'p' },
      spec: { rules },
    },
    [],
  );
  assert.deepEqual(
    customKinds([stand]).map(({ kind }) => kind),
    ['Task'],
  );
  const task = { apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 't' }, spec: {} };
  assert.deepEqual(
    applicableRules(requestFor(task), [stand]).rules.map(({ rule }) => rule.name),
    ['unreadable-policy'],
  );
});

test('MNH-20 brokenPolicy: a namespaced policy stays in its namespace', () => {
  const metadata = { name: 'p', namespace: 'team-a' };
  assert.equal(
    brokenPolicy({ apiVersion: 'kyverno.io/v1', kind: 'Policy', metadata }, []).namespace,
    'team-a',
  );
  assert.equal(policy('p').namespace, undefined);
});
