import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { reachesPods } from '#shared/policy/reaches-pods.ts';
import { ownRule, policyDocument, rule } from './sample-policy.ts';

const kinds = (...names: readonly string[]): JsonObject => ({ resources: { kinds: names } });

const CASES: readonly (readonly [string, JsonObject, boolean])[] = [
  ['Pods', { any: [kinds('Pod')] }, true],
  ['Pods of the core group', { any: [kinds('v1/Pod')] }, true],
  ['Deployments', { any: [kinds('Deployment')] }, false],
  ['Deployments and Pods', { any: [kinds('Deployment', 'Pod')] }, true],
  ['Deployments, or Pods', { any: [kinds('Deployment'), kinds('Pod')] }, true],
  ['Deployments that are Pods', { all: [kinds('Deployment'), kinds('Pod')] }, false],
  ['its namespace, whatever the kind', { any: [{ resources: { namespaces: ['sh*'] } }] }, true],
  [
    'Pods of another namespace',
    { any: [{ resources: { kinds: ['Pod'], namespaces: ['a'] } }] },
    false,
  ],
  ['a subresource of Pods', { any: [kinds('Pod/exec')] }, false],
  ['somebody else’s Pods', { any: [kinds('acme.example/v1/Pod')] }, false],
];

for (const [what, match, expected] of CASES) {
  test(`reachesPods: a rule for ${what} ${expected ? 'has' : 'has no'} say when Pods are made`, () => {
    assert.equal(reachesPods(ownRule(policyDocument([rule({ match })])), 'shop'), expected);
  });
}
