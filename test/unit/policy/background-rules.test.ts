import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  admissionPolicies,
  backgroundPolicies,
  judgesInBackground,
} from '#shared/policy/background-rules.ts';
import type { Policy } from '#shared/policy/model.ts';
import { policiesFrom } from '#test/support/admission/policies.ts';
import { policyText } from '#test/integration/server/policy-fixture.ts';

function policy(from: string, to: string): Policy {
  const [read] = policiesFrom(policyText('pinned').replace(from, to));
  assert.ok(read);
  return read;
}

const CASES: readonly (readonly [string, Policy, boolean])[] = [
  ['by default', policy('', ''), true],
  ['with "background: true"', policy('spec:', 'spec:\n  background: true'), true],
  ['not with "background: false"', policy('spec:', 'spec:\n  background: false'), false],
  [
    'not where it matches users',
    policy('- resources:', '- clusterRoles: [admin]\n            resources:'),
    false,
  ],
  [
    'not where it excludes users',
    policy(
      '      validate:',
      '      exclude: { any: [{ subjects: [{ kind: User, name: ci }] }] }\n      validate:',
    ),
    false,
  ],
];

for (const [title, read, wanted] of CASES) {
  test(`background: a rule judges objects that nobody changes ${title}`, () => {
    const [rule] = read.rules;
    assert.ok(rule);
    assert.equal(judgesInBackground(read, rule), wanted);
    assert.equal(backgroundPolicies([read]).length, wanted ? 1 : 0);
  });
}

const AT_ADMISSION: readonly (readonly [string, Policy, boolean])[] = [
  ['by default', policy('', ''), true],
  ['not with "admission: false"', policy('spec:', 'spec:\n  admission: false'), false],
  [
    'with "admission: false" too where it verifies images',
    policy(
      'spec:\n  rules:',
      "spec:\n  admission: false\n  rules:\n    - name: other\n      match: { any: [{ resources: { kinds: [Pod] } }] }\n      verifyImages: [{ imageReferences: ['*'] }]",
    ),
    true,
  ],
];

for (const [title, read, wanted] of AT_ADMISSION) {
  test(`background: a policy is asked at admission ${title}`, () => {
    assert.equal(admissionPolicies([read]).length, wanted ? 1 : 0);
    assert.equal(backgroundPolicies([read]).length, 1);
  });
}
