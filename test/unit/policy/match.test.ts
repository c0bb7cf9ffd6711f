import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { parseKindPattern } from '#shared/policy/kind-pattern.ts';
import { matches, type MatchSubject } from '#shared/policy/match.ts';
import type { Truth } from '#shared/policy/truth.ts';
import type { MatchUser } from '#shared/policy/user-match.ts';
import { faultLines, ownRule, policyDocument, readUsable, rule } from './sample-policy.ts';

const POD: MatchSubject = {
  operation: 'CREATE',
  group: '',
  version: 'v1',
  kind: 'Pod',
  subresource: '',
  namespace: 'team-a',
  name: 'web-1',
  labels: { app: 'web', 'example.com/tier': 'front' },
  annotations: { 'example.com/owner': 'ann' },
  namespaceLabels: { env: 'prod', 'example.com/team': 'a' },
  user: undefined,
};

/** group, version, kind, subresource (Kyverno 1.19: ParseKindSelector) */
const KINDS: readonly (readonly [string, readonly string[]])[] = [
  ['Pod', ['*', '*', 'Pod', '']],
  ['*', ['*', '*', '*', '']],
  ['*/*', ['*', '*', '*', '*']],
  ['v1/Pod', ['*', 'v1', 'Pod', '']],
  ['v1/Deployment', ['*', 'v1', 'Deployment', '']],
  ['v1beta1/CronJob', ['*', 'v1beta1', 'CronJob', '']],
  ['*/Pod', ['*', '*', 'Pod', '']],
  ['*/exec', ['*', '*', '*', 'exec']],
  ['apps/v1/Deployment', ['apps', 'v1', 'Deployment', '']],
  ['apps/*/Deployment', ['apps', '*', 'Deployment', '']],
  ['apps/v?/Deployment', ['apps', 'v?', 'Deployment', '']],
  ['*apps/v1*/Deployment', ['*apps', 'v1*', 'Deployment', '']],
  ['*/Pod/exec', ['*', '*', 'Pod', 'exec']],
  ['*/*/Pod/', ['*', '*', 'Pod', '']],
  ['/v1/Pod', ['', 'v1', 'Pod', '']],
  ['v1/*/exec', ['*', 'v1', '*', 'exec']],
  ['batch.example.com/v1/Job', ['batch.example.com', 'v1', 'Job', '']],
  ['Pod/ephemeralcontainers', ['*', '*', 'Pod', 'ephemeralcontainers']],
  ['Pod.status', ['*', '*', 'Pod', 'status']],
  ['v1/Pod/exec', ['*', 'v1', 'Pod', 'exec']],
  ['tekton.dev/v1beta1/TaskRun.status', ['tekton.dev', 'v1beta1', 'TaskRun', 'status']],
  ['apps/v1/Deployment/scale', ['apps', 'v1', 'Deployment', 'scale']],
  ['Pod/', ['*', '*', 'Pod', '']],
];

/** What such a kind says selects nothing, in `exclude` either. */
const IDLE_KINDS: typeof KINDS = [
  ['*/v1/Pod', ['*', '*', 'v1', 'Pod']],
  ['*/*/Pod', ['*', '*', '*', 'Pod']],
  ['v*/Pod/exec', ['v*', 'Pod', 'exec', '']],
  ['v1/v1beta1/Pod', ['*', 'v1', 'v1beta1', 'Pod']],
  ['*/*/*/*/*', ['', '', '', '']],
  ['pod', ['*', '*', 'pod', '']],
  ['Po d', ['*', '*', 'Po d', '']],
  ['', ['*', '*', '', '']],
];

for (const [text, expected] of [...KINDS, ...IDLE_KINDS]) {
  test(`parseKindPattern "${text}"`, () => {
    const { group, version, kind, subresource } = parseKindPattern(text);
    assert.deepEqual([group, version, kind, subresource], expected);
  });
}

for (const [text] of IDLE_KINDS) {
  test(`the kind "${text}" selects nothing, which is told`, () => {
    const document = policyDocument([
      rule({ exclude: { any: [{ resources: { kinds: [text], namespaces: ['team-a'] } }] } }),
    ]);
    const { rules } = readUsable(document);
    assert.deepEqual(
      rules.map(({ selection }) => matches(selection, POD)),
      [true],
    );
    assert.deepEqual(
      faultLines(document).filter((line) => line.includes('.kinds')),
      [
        `warning spec.rules[0].exclude.any[0].resources.kinds: found "${text}", which no kind of objects is: it selects nothing, as in Kyverno 1.19; write "Pod", "v1/Pod" or "apps/v1/Deployment", with "/subresource" where one is meant`,
      ],
    );
  });
}

for (const [text] of KINDS) {
  test(`nothing is said against the kind "${text}"`, () => {
    const exclude = { any: [{ resources: { kinds: [text] } }] };
    assert.doesNotMatch(
      faultLines(policyDocument([rule({ exclude })])).join(),
      /no kind of objects/,
    );
  });
}

function resources(...filters: readonly JsonObject[]): JsonObject {
  return { any: filters.map((filter) => ({ resources: filter })) };
}

const pods = { kinds: ['Pod'] };

interface Case {
  readonly name: string;
  readonly match: JsonObject;
  readonly exclude?: JsonObject;
  readonly subject?: Partial<MatchSubject>;
  readonly expected: boolean;
}

/** Kyverno 1.19 */
const CASES: readonly Case[] = [
  { name: 'the kind', match: resources(pods), expected: true },
  { name: 'another kind', match: resources({ kinds: ['Deployment'] }), expected: false },
  {
    name: 'one of several kinds',
    match: resources({ kinds: ['Deployment', 'v1/Pod'] }),
    expected: true,
  },
  {
    name: 'an open group',
    match: resources({ kinds: ['v1/Deployment'] }),
    subject: { group: 'apps', kind: 'Deployment' },
    expected: true,
  },
  {
    name: 'another group',
    match: resources({ kinds: ['extensions/v1/Deployment'] }),
    subject: { group: 'apps', kind: 'Deployment' },
    expected: false,
  },
  { name: 'another version', match: resources({ kinds: ['v2/Pod'] }), expected: false },
  {
    name: 'a wildcard kind',
    match: resources({ kinds: ['*Set'] }),
    subject: { group: 'apps', kind: 'StatefulSet' },
    expected: true,
  },
  {
    name: 'a subresource that was not named',
    match: resources(pods),
    subject: { subresource: 'status' },
    expected: false,
  },
  {
    name: 'MNH-27 ephemeral containers of a Pod',
    match: resources(pods),
    subject: { operation: 'UPDATE', subresource: 'ephemeralcontainers' },
    expected: true,
  },
  {
    name: 'ephemeral containers of another kind',
    match: resources({ kinds: ['*'] }),
    subject: { group: 'x', subresource: 'ephemeralcontainers' },
    expected: false,
  },
  {
    name: 'a named subresource',
    match: resources({ kinds: ['Pod/exec'] }),
    subject: { operation: 'CREATE', subresource: 'exec' },
    expected: true,
  },
  {
    name: 'everything',
    match: resources({ kinds: ['*/*'] }),
    subject: { subresource: 'status' },
    expected: true,
  },
  {
    name: 'a namespace',
    match: resources({ ...pods, namespaces: ['x', 'team-?'] }),
    expected: true,
  },
  { name: 'another namespace', match: resources({ ...pods, namespaces: ['x'] }), expected: false },
  {
    name: 'a Namespace by its own name',
    match: resources({ kinds: ['Namespace'], namespaces: ['team-*'] }),
    subject: { kind: 'Namespace', name: 'team-b', namespace: '' },
    expected: true,
  },
  { name: 'a name', match: resources({ ...pods, name: 'web-*' }), expected: true },
  {
    name: 'one of several names',
    match: resources({ ...pods, names: ['db-*', 'web-1'] }),
    expected: true,
  },
  { name: 'another name', match: resources({ ...pods, names: ['db-*'] }), expected: false },
  {
    name: 'labels',
    match: resources({ ...pods, selector: { matchLabels: { app: 'web' } } }),
    expected: true,
  },
  {
    name: 'another label value',
    match: resources({ ...pods, selector: { matchLabels: { app: 'db' } } }),
    expected: false,
  },
  {
    name: 'labels with wildcards',
    match: resources({ ...pods, selector: { matchLabels: { 'example.com/*': 'fr*' } } }),
    expected: true,
  },
  {
    name: 'a wildcard value of a label that is not there',
    match: resources({ ...pods, selector: { matchLabels: { other: '*' } } }),
    expected: false,
  },
  {
    name: 'label In',
    match: resources({
      ...pods,
      selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] },
    }),
    expected: true,
  },
  {
    name: 'label NotIn',
    match: resources({
      ...pods,
      selector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] },
    }),
    expected: false,
  },
  {
    name: 'label NotIn of an absent label',
    match: resources({
      ...pods,
      selector: { matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['web'] }] },
    }),
    expected: true,
  },
  {
    name: 'label Exists',
    match: resources({
      ...pods,
      selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
    }),
    expected: true,
  },
  {
    name: 'label DoesNotExist',
    match: resources({
      ...pods,
      selector: { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] },
    }),
    expected: false,
  },
  {
    name: 'a label that only a prototype has',
    match: resources({
      ...pods,
      selector: { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] },
    }),
    expected: false,
  },
  {
    name: 'annotations with wildcards',
    match: resources({ ...pods, annotations: { '*/owner': 'a*' } }),
    expected: true,
  },
  {
    name: 'another annotation',
    match: resources({ ...pods, annotations: { '*/owner': 'b*' } }),
    expected: false,
  },
  {
    name: 'the default operations',
    match: resources(pods),
    subject: { operation: 'UPDATE' },
    expected: true,
  },
  {
    name: 'no deletion by default',
    match: resources(pods),
    subject: { operation: 'DELETE' },
    expected: false,
  },
  {
    name: 'a named operation',
    match: resources({ ...pods, operations: ['DELETE'] }),
    subject: { operation: 'DELETE' },
    expected: true,
  },
  {
    name: 'another operation',
    match: resources({ ...pods, operations: ['CREATE'] }),
    subject: { operation: 'UPDATE' },
    expected: false,
  },
  { name: 'any of two', match: resources({ kinds: ['Job'] }, pods), expected: true },
  {
    name: 'all of two',
    match: { all: [{ resources: pods }, { resources: { namespaces: ['team-*'] } }] },
    expected: true,
  },
  {
    name: 'not all of two',
    match: { all: [{ resources: pods }, { resources: { namespaces: ['x'] } }] },
    expected: false,
  },
  {
    name: 'the legacy form',
    match: { resources: { ...pods, namespaces: ['team-a'] } },
    expected: true,
  },
  {
    name: 'the legacy form, not all of it',
    match: { resources: { ...pods, namespaces: ['x'] } },
    expected: false,
  },
  {
    name: 'an excluded namespace',
    match: resources(pods),
    exclude: resources({ namespaces: ['team-*'] }),
    expected: false,
  },
  {
    name: 'another excluded namespace',
    match: resources(pods),
    exclude: resources({ namespaces: ['kube-*'] }),
    expected: true,
  },
  {
    name: 'one of two exclusions',
    match: resources(pods),
    exclude: resources({ names: ['x'] }, { names: ['web-1'] }),
    expected: false,
  },
  {
    name: 'half of an exclusion',
    match: resources(pods),
    exclude: { all: [{ resources: { names: ['x'] } }, { resources: pods }] },
    expected: true,
  },
  {
    name: 'half of a filter of an exclusion',
    match: resources(pods),
    exclude: resources({ ...pods, names: ['x'] }),
    expected: true,
  },
  {
    name: 'an excluded operation',
    match: resources(pods),
    exclude: resources({ operations: ['CREATE'] }),
    expected: false,
  },
  { name: 'an exclusion of nothing', match: resources(pods), exclude: {}, expected: true },
];

for (const { name, match, exclude, subject, expected } of CASES) {
  test(`a rule ${expected ? 'is' : 'is not'} for the request: ${name}`, () => {
    const changes = exclude === undefined ? { match } : { match, exclude };
    const { selection } = ownRule(policyDocument([rule(changes)]));
    assert.equal(matches(selection, { ...POD, ...subject }), expected);
  });
}

const EVE: MatchUser = {
  username: 'eve@example.com',
  groups: ['system:authenticated', 'dev-a'],
  roles: { roles: ['team-a:editor'], clusterRoles: ['view'] },
};

const ROBOT: MatchUser = { ...EVE, username: 'system:serviceaccount:ci:builder-1', groups: [] };

function byUser(user: JsonObject): JsonObject {
  return { any: [{ resources: pods, ...user }] };
}

/** Kyverno 1.19 */
const USER_CASES: readonly (readonly [string, JsonObject, MatchUser, boolean])[] = [
  ['a user', { subjects: [{ kind: 'User', name: 'eve@example.com' }] }, EVE, true],
  ['a user with wildcards', { subjects: [{ kind: 'User', name: '*@example.com' }] }, EVE, true],
  ['another user', { subjects: [{ kind: 'User', name: 'bob' }] }, EVE, false],
  ['a group', { subjects: [{ kind: 'Group', name: 'dev-?' }] }, EVE, true],
  ['another group', { subjects: [{ kind: 'Group', name: 'eve@example.com' }] }, EVE, false],
  [
    'a service account',
    { subjects: [{ kind: 'ServiceAccount', name: 'builder-*', namespace: 'c?' }] },
    ROBOT,
    true,
  ],
  [
    'a service account of another namespace',
    { subjects: [{ kind: 'ServiceAccount', name: 'builder-1', namespace: 'cd' }] },
    ROBOT,
    false,
  ],
  [
    'a user of the name of a service account',
    { subjects: [{ kind: 'ServiceAccount', name: '*', namespace: '*' }] },
    EVE,
    false,
  ],
  [
    'one of several subjects',
    {
      subjects: [
        { kind: 'User', name: 'bob' },
        { kind: 'Group', name: 'dev-a' },
      ],
    },
    EVE,
    true,
  ],
  ['a role', { roles: ['x:y', 'team-a:editor'] }, EVE, true],
  ['a role of another namespace', { roles: ['team-b:editor'] }, EVE, false],
  ['no wildcards in roles', { roles: ['*:editor'] }, EVE, false],
  ['a cluster role', { clusterRoles: ['view'] }, EVE, true],
  ['another cluster role', { clusterRoles: ['admin'] }, EVE, false],
  ['a role and a cluster role', { roles: ['team-a:editor'], clusterRoles: ['view'] }, EVE, true],
  [
    'a role without the cluster role',
    { roles: ['team-a:editor'], clusterRoles: ['x'] },
    EVE,
    false,
  ],
  [
    'a subject without the role',
    { subjects: [{ kind: 'Group', name: 'dev-a' }], roles: ['x:y'] },
    EVE,
    false,
  ],
];

for (const [name, user, asks, expected] of USER_CASES) {
  test(`match and exclude by who asks: ${name} ${expected ? 'matches' : 'does not match'}`, () => {
    const subject = { ...POD, user: asks };
    const selected = ownRule(policyDocument([rule({ match: byUser(user) })]));
    assert.equal(matches(selected.selection, subject), expected);
    const excluded = ownRule(policyDocument([rule({ exclude: { any: [user] } })]));
    assert.equal(matches(excluded.selection, subject), !expected);
    const legacy = ownRule(policyDocument([rule({ match: { resources: pods, ...user } })]));
    assert.equal(matches(legacy.selection, subject), expected);
  });
}

test('where nobody asks, users do not narrow a match and do not widen an exclusion', () => {
  const user = { subjects: [{ kind: 'User', name: 'bob' }], roles: ['a:b'] };
  const selected = ownRule(policyDocument([rule({ match: byUser(user) })]));
  assert.equal(matches(selected.selection, POD), true);
  const excluded = ownRule(policyDocument([rule({ exclude: { any: [user] } })]));
  assert.equal(matches(excluded.selection, POD), true);
});

const NAMESPACE_CASES: readonly (readonly [string, JsonObject, Partial<MatchSubject>, boolean])[] =
  [
    ['a label', { matchLabels: { env: 'prod' } }, {}, true],
    ['another value', { matchLabels: { env: 'dev' } }, {}, false],
    ['wildcards in key and value', { matchLabels: { '*.com/t*': '?' } }, {}, true],
    [
      'an expression',
      { matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['prod'] }] },
      {},
      false,
    ],
    ['an empty selector', {}, {}, true],
    ['labels of the object do not count', { matchLabels: { app: 'web' } }, {}, false],
    ['a Namespace is in no namespace', {}, { kind: 'Namespace', namespace: '' }, false],
    [
      'cluster scope has no labels',
      { matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] },
      { namespace: '', namespaceLabels: {} },
      true,
    ],
  ];

for (const [name, namespaceSelector, changes, expected] of NAMESPACE_CASES) {
  test(`namespaceSelector: ${name}`, () => {
    const subject = { ...POD, ...changes };
    const selected = ownRule(
      policyDocument([rule({ match: resources({ kinds: ['*'], namespaceSelector }) })]),
    );
    assert.equal(matches(selected.selection, subject), expected);
    const match = resources({ kinds: ['*'] });
    const excluded = ownRule(
      policyDocument([rule({ match, exclude: resources({ namespaceSelector }) })]),
    );
    assert.equal(matches(excluded.selection, subject), !expected);
  });
}

const UNKNOWING: MatchSubject = {
  ...POD,
  namespaceLabels: undefined,
  user: { ...EVE, roles: undefined },
};

const inProduction = { namespaceSelector: { matchLabels: { env: 'prod' } } };

/** match, exclude, what is known of it */
const UNKNOWN: readonly (readonly [string, JsonObject, JsonObject | undefined, Truth])[] = [
  ['labels in match', resources({ ...pods, ...inProduction }), undefined, 'unknown'],
  ['labels in exclude', resources(pods), resources(inProduction), 'unknown'],
  ['roles in match', byUser({ roles: ['a:b'] }), undefined, 'unknown'],
  ['cluster roles in exclude', resources(pods), { any: [{ clusterRoles: ['a'] }] }, 'unknown'],
  ['labels beside another kind', resources({ kinds: ['Job'], ...inProduction }), undefined, false],
  [
    'roles beside another user',
    byUser({ subjects: [{ kind: 'User', name: 'bob' }], roles: ['a:b'] }),
    undefined,
    false,
  ],
  ['labels or anything', resources({ ...pods, ...inProduction }, pods), undefined, true],
  [
    'labels in exclude, and another exclusion',
    resources(pods),
    resources(inProduction, pods),
    false,
  ],
  [
    'labels in exclude, and not all of it',
    resources(pods),
    { all: [{ resources: inProduction }, { resources: { names: ['x'] } }] },
    true,
  ],
];

for (const [name, match, exclude, expected] of UNKNOWN) {
  test(`MNH-18 where facts are not known, a match by ${name} is ${expected}`, () => {
    const changes = exclude === undefined ? { match } : { match, exclude };
    const { selection } = ownRule(policyDocument([rule(changes)]));
    assert.equal(matches(selection, UNKNOWING), expected);
  });
}

test('MNH-05 an empty list of filters matches nothing, and excludes nothing', () => {
  for (const combine of ['any', 'all'] as const) {
    const empty = { combine, filters: [] };
    assert.equal(matches({ match: empty, exclude: undefined }, POD), false);
    const { selection } = ownRule(policyDocument([rule()]));
    assert.equal(matches({ ...selection, exclude: empty }, POD), true);
  }
});

const IN_MATCH = 'spec.rules[0].match';

const FAULTS: readonly (readonly [string, JsonObject, readonly string[]])[] = [
  [
    'nothing',
    {},
    [`error ${IN_MATCH}: selects nothing, expected "any", "all" or "resources" with "kinds"`],
  ],
  [
    'an empty any',
    { any: [] },
    [`error ${IN_MATCH}: selects nothing, expected "any", "all" or "resources" with "kinds"`],
  ],
  [
    'an empty filter',
    { any: [{}] },
    [`error ${IN_MATCH}.any[0]: selects nothing, expected "resources" with "kinds"`],
  ],
  [
    'any beside all',
    { any: [{ resources: pods }], all: [] },
    [`error ${IN_MATCH}: found any and all together, expected one of them`],
  ],
  [
    'a name beside names',
    resources({ ...pods, name: 'a', names: ['b'] }),
    [`error ${IN_MATCH}.any[0].resources.name: found "name" beside "names", expected one of them`],
  ],
  [
    'an unknown operation',
    resources({ ...pods, operations: ['PATCH'] }),
    [
      `error ${IN_MATCH}.any[0].resources.operations: found "PATCH", expected CREATE, UPDATE, DELETE or CONNECT`,
    ],
  ],
  [
    'variables',
    resources({ ...pods, names: ['{{ a }}'] }),
    [
      `error ${IN_MATCH}.any[0].resources.names: found a variable, expected plain text: match and exclude take none`,
    ],
  ],
  [
    'kinds that are no list',
    resources({ kinds: 'Pod' }),
    [
      `error ${IN_MATCH}.any[0].resources.kinds: found the string "Pod", expected a list of strings`,
      `error ${IN_MATCH}.any[0]: selects nothing, expected "resources" with "kinds"`,
    ],
  ],
  [
    'In without values',
    resources({ ...pods, selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
    [`error ${IN_MATCH}.any[0].resources.selector.matchExpressions[0].values: In needs values`],
  ],
  [
    'wildcards in an expression',
    resources({
      ...pods,
      namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b*'] }] },
    }),
    [
      `error ${IN_MATCH}.any[0].resources.namespaceSelector.matchExpressions[0].values: found a value that no label can have; wildcards are for matchLabels only`,
    ],
  ],
  [
    'a subject of no kind',
    { any: [{ resources: pods, subjects: [{ name: 'a' }] }] },
    [`error ${IN_MATCH}.any[0].subjects[0].kind: missing, expected User, Group or ServiceAccount`],
  ],
  [
    'a subject of another kind',
    { any: [{ resources: pods, subjects: [{ kind: 'Robot', name: 'a' }] }] },
    [
      `error ${IN_MATCH}.any[0].subjects[0].kind: found "Robot", expected "User", "Group" or "ServiceAccount"`,
    ],
  ],
  [
    'a service account of no namespace',
    { any: [{ resources: pods, subjects: [{ kind: 'ServiceAccount', name: 'a' }] }] },
    [
      `error ${IN_MATCH}.any[0].subjects[0].namespace: missing, expected the namespace of the service account`,
    ],
  ],
  [
    'a role of no namespace',
    { any: [{ resources: pods, roles: ['admin'] }] },
    [`error ${IN_MATCH}.any[0].roles: found "admin", expected "namespace:name"`],
  ],
  [
    'an expression without operator',
    resources({ ...pods, selector: { matchExpressions: [{ key: 'a' }] } }),
    [
      `error ${IN_MATCH}.any[0].resources.selector.matchExpressions[0]: is not complete, expected "key" and "operator"`,
    ],
  ],
  [
    'a text that is too long to match cheaply',
    resources({ ...pods, annotations: { a: '*a'.repeat(2100) } }),
    [
      `error ${IN_MATCH}.any[0].resources.annotations: found a text of more than 4096 characters, expected less`,
    ],
  ],
  [
    'a misspelt field',
    resources({ ...pods, namespace: ['a'] }),
    [`error ${IN_MATCH}.any[0].resources.namespace: unknown field, did you mean "namespaces"?`],
  ],
];

for (const [name, match, lines] of FAULTS) {
  test(`a match with ${name} is an error`, () => {
    assert.deepEqual(faultLines(policyDocument([rule({ match })])), lines);
  });
}
