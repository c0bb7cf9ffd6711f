import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDocuments } from '#shared/document/parse-documents.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { exceptsRule } from '#shared/policy/exception.ts';
import {
  EXCEPTION_IMAGES,
  isForeignException,
  readException,
} from '#shared/policy/read-exception.ts';

const MATCH = 'match: { any: [{ resources: { kinds: [Pod], namespaces: [delta] } }] }';
const RULES = 'exceptions: [{ policyName: signed, ruleNames: [check, autogen-check] }]';

interface Written {
  readonly version?: string;
  readonly metadata?: string;
  readonly spec: readonly string[];
}

function document({
  version = 'v2',
  metadata = 'name: a, namespace: team',
  spec,
}: Written): JsonObject {
  const text = `apiVersion: kyverno.io/${version}
kind: PolicyException
metadata: { ${metadata} }
spec:
${spec.map((line) => `  ${line}`).join('\n')}
`;
  return parseDocuments(text, 'exception.yaml')[0]?.value as JsonObject;
}

function faultsOf(written: Written): readonly string[] {
  const read = readException(document(written));
  return (read?.faults ?? []).map(
    ({ severity, path, message }) => `${severity} ${path}: ${message}`,
  );
}

for (const version of ['v2', 'v2beta1']) {
  test(`exceptions: ${version} is read with its objects and rules`, () => {
    const read = readException(document({ version, spec: [MATCH, RULES] }));
    assert.deepEqual(read?.faults, []);
    const { exception } = read;
    assert.equal(`${exception?.namespace}/${exception?.name}`, 'team/a');
    assert.deepEqual(exception?.policies, [
      { policyName: 'signed', ruleNames: ['check', 'autogen-check'] },
    ]);
    assert.deepEqual(exception.match.match.filters[0]?.namespaces, ['delta']);
    assert.equal(exception.images, undefined);
  });
}

test('exceptions: an exception without a namespace is where kubectl puts it', () => {
  const read = readException(document({ metadata: 'name: a', spec: [MATCH, RULES] }));
  assert.equal(read?.exception?.namespace, 'default');
});

test('exceptions: other documents are none', () => {
  assert.equal(readException({ apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy' }), undefined);
  assert.equal(readException({ apiVersion: 'a/v2', kind: 'PolicyException' }), undefined);
});

const WRONG: readonly (readonly [string, Written, RegExp])[] = [
  ['without a match', { spec: [RULES] }, /^error spec\.match: missing/],
  ['with an empty match', { spec: ['match: {}', RULES] }, /^error spec\.match: selects nothing/],
  [
    'with the old form of match',
    { spec: ['match: { resources: { kinds: [Pod] } }', RULES] },
    /^error spec\.match\.resources: found "resources", expected any or all$/,
  ],
  [
    'with an exclude',
    { spec: [MATCH, 'exclude: {}', RULES] },
    /^error spec\.exclude: unknown field/,
  ],
  ['without rules', { spec: [MATCH] }, /^error spec\.exceptions: found no rules/],
  [
    'without a policy',
    { spec: [MATCH, 'exceptions: [{ ruleNames: [a] }]'] },
    /^error spec\.exceptions\[0\]\.policyName: missing/,
  ],
  [
    'without the names of rules',
    { spec: [MATCH, 'exceptions: [{ policyName: a }]'] },
    /^error spec\.exceptions\[0\]\.ruleNames: found no rules/,
  ],
  ['with a misspelt field', { spec: [MATCH, RULES, 'image: [a]'] }, /^error spec\.image: unknown/],
  ['with an empty list of images', { spec: [MATCH, RULES, 'images: []'] }, /^error spec\.images: /],
  ['with an empty pattern', { spec: [MATCH, RULES, 'images: [a, ""]'] }, /^error spec\.images: /],
  ['of a version that is not read', { version: 'v1', spec: [MATCH, RULES] }, /^error apiVersion: /],
  ['without a name', { metadata: 'namespace: a', spec: [MATCH, RULES] }, /^error metadata\.name: /],
  [
    'about Pod Security',
    { spec: [MATCH, RULES, 'podSecurity: [{ controlName: Capabilities }]'] },
    /^foreign spec\.podSecurity: is about Pod Security Standards: nothing is exempted here/,
  ],
  [
    'that asks for users in the background',
    {
      spec: [
        'match: { any: [{ resources: { kinds: [Pod] }, subjects: [{ kind: User, name: a }] }] }',
        RULES,
      ],
    },
    /^error spec\.match: asks for users, which needs "background: false"$/,
  ],
];

for (const [what, written, wanted] of WRONG) {
  test(`exceptions: one ${what} exempts nothing and says why`, () => {
    assert.equal(readException(document(written))?.exception, undefined);
    const faults = faultsOf(written);
    assert.ok(
      faults.some((fault) => wanted.test(fault)),
      faults.join('\n'),
    );
  });
}

test('exceptions: images are read from the field, or from the annotation where the field would be lost', () => {
  const field = readException(document({ spec: [MATCH, RULES, 'images: ["a/*"]'] }));
  assert.deepEqual(field?.exception?.images, ['a/*']);
  const metadata = `name: a, annotations: { ${EXCEPTION_IMAGES}: "a/*, b" }`;
  const annotated = readException(document({ metadata, spec: [MATCH, RULES] }));
  assert.deepEqual(annotated?.exception?.images, ['a/*', 'b']);
  const both = readException(document({ metadata, spec: [MATCH, RULES, 'images: [a]'] }));
  assert.equal(both?.exception, undefined);
});

test('exceptions: rules are named with wildcards, generated ones by their own names, policies exactly', () => {
  const rows = [
    ['signed', 'check', { name: 'signed', namespace: undefined }, 'check', true],
    ['signed', 'check', { name: 'signed', namespace: undefined }, 'autogen-check', false],
    ['signed', '*', { name: 'signed', namespace: undefined }, 'autogen-check', true],
    ['sig*', '*', { name: 'signed', namespace: undefined }, 'check', false],
    ['signed', '*', { name: 'signed', namespace: 'a' }, 'check', false],
    ['a/signed', '*', { name: 'signed', namespace: 'a' }, 'check', true],
    ['a/signed', 'chec?', { name: 'signed', namespace: 'a' }, 'check', true],
    ['*', '*', { name: 'signed', namespace: undefined }, 'check', false],
    ['Signed', '*', { name: 'signed', namespace: undefined }, 'check', false],
  ] as const;
  for (const [policyName, ruleName, policy, rule, wanted] of rows) {
    const rules = `exceptions: [{ policyName: "${policyName}", ruleNames: ["${ruleName}"] }]`;
    const exception = readException(document({ spec: [MATCH, rules] }))?.exception;
    assert.ok(exception !== undefined);
    const row = `${policyName} ${ruleName} ${policy.namespace ?? ''}/${policy.name} ${rule}`;
    assert.equal(exceptsRule(exception, policy, { name: rule }), wanted, row);
  }
});

const POD_SECURITY = 'podSecurity: [{ controlName: Capabilities }]';
const LEFT: readonly (readonly [string, readonly string[], boolean])[] = [
  ['about Pod Security is left to other engines', [MATCH, RULES, POD_SECURITY], true],
  ['about Pod Security with another fault is faulty', [RULES, POD_SECURITY], false],
  ['with a fault is faulty', [RULES], false],
  ['without a fault is ours', [MATCH, RULES], false],
];

for (const [what, spec, wanted] of LEFT) {
  test(`exceptions: one ${what}`, () => {
    const read = readException(document({ spec }));
    assert.equal(read !== undefined && isForeignException(read), wanted);
  });
}
