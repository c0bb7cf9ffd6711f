import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { AUTOGEN_ANNOTATION } from '#shared/policy/autogen.ts';
import { matches, type MatchSubject } from '#shared/policy/match.ts';
import type { Policy, Selection } from '#shared/policy/model.ts';
import { reachesPods } from '#shared/policy/reaches-pods.ts';
import { FOR_PODS, policyDocument, readUsable, rule } from './sample-policy.ts';

function policy(rules: readonly JsonObject[], annotation?: string): Policy {
  const metadata = {
    name: 'p',
    annotations: annotation === undefined ? {} : { [AUTOGEN_ANNOTATION]: annotation },
  };
  return readUsable({ ...policyDocument(rules), metadata });
}

function names({ rules }: Policy): readonly string[] {
  return rules.map(({ name }) => name);
}

/** The kinds that each rule of the policy is for, among all workloads. */
function kindsByRule({ rules }: Policy, namespace = 'a'): Record<string, readonly string[]> {
  return Object.fromEntries(
    rules.map(({ name, selection }) => [
      name,
      WORKLOADS.filter(([group, kind]) =>
        matches(selection, { ...SUBJECT, group, kind, namespace }),
      ).map(([, kind]) => kind),
    ]),
  );
}

const SUBJECT: MatchSubject = {
  operation: 'CREATE',
  group: '',
  version: 'v1',
  kind: '',
  subresource: '',
  namespace: 'a',
  name: 'n',
  labels: {},
  annotations: {},
  namespaceLabels: {},
  user: undefined,
};

const CONTROLLERS: readonly (readonly [string, string])[] = [
  ['apps', 'DaemonSet'],
  ['apps', 'Deployment'],
  ['batch', 'Job'],
  ['apps', 'ReplicaSet'],
  ['', 'ReplicationController'],
  ['apps', 'StatefulSet'],
];

const WORKLOADS: readonly (readonly [string, string])[] = [
  ['', 'Pod'],
  ...CONTROLLERS,
  ['batch', 'CronJob'],
  ['example.com', 'Deployment'],
];

function match(resources: JsonObject): JsonObject {
  return { any: [{ resources }] };
}

test('a rule for Pods is also generated for workloads', () => {
  assert.deepEqual(kindsByRule(policy([rule()])), {
    r: ['Pod'],
    'autogen-r': CONTROLLERS.map(([, kind]) => kind),
    'autogen-cronjob-r': ['CronJob'],
  });
});

test('generated rules judge the template, with everything else of their rule', () => {
  const [own, ...generated] = policy([rule()]).rules;
  assert.ok(own?.kind === 'verify-images');
  assert.equal(own.view, 'object');
  for (const copy of generated) {
    assert.equal(copy.view, 'pod-template');
    assert.ok(copy.kind === 'verify-images');
    assert.equal(copy.entries, own.entries);
    assert.equal(copy.action, own.action);
  }
});

const ANNOTATIONS: readonly (readonly [string, readonly string[]])[] = [
  ['none', []],
  ['', []],
  ['all', ['autogen-r', 'autogen-cronjob-r']],
  ['Deployment,all', ['autogen-r', 'autogen-cronjob-r']],
  ['Deployment, CronJob', ['autogen-r', 'autogen-cronjob-r']],
  ['Deployment, Job', ['autogen-r']],
  ['CronJob', ['autogen-cronjob-r']],
  ['Deployment,CronJob,Unknown', ['autogen-r', 'autogen-cronjob-r']],
  ['Unknown', []],
];

for (const [annotation, generated] of ANNOTATIONS) {
  test(`the annotation "${annotation}" generates ${generated.join(', ') || 'nothing'}`, () => {
    assert.deepEqual(names(policy([rule()], annotation)), ['r', ...generated]);
  });
}

test('the annotation names the controllers', () => {
  assert.deepEqual(kindsByRule(policy([rule()], 'Job,DaemonSet'))['autogen-r'], [
    'DaemonSet',
    'Job',
  ]);
});

/** Kyverno 1.19 */
const NOT_GENERATED: readonly (readonly [string, JsonObject])[] = [
  ['a name', { match: match({ kinds: ['Pod'], name: 'a' }) }],
  ['names', { match: match({ kinds: ['Pod'], names: ['a'] }) }],
  ['a selector', { match: match({ kinds: ['Pod'], selector: { matchLabels: { a: 'b' } } }) }],
  ['annotations', { match: match({ kinds: ['Pod'], annotations: { a: 'b' } }) }],
  ['mixed kinds', { match: match({ kinds: ['Pod', 'Deployment'] }) }],
  ['a kind with its version', { match: match({ kinds: ['v1/Pod'] }) }],
  ['a kind of any version', { match: match({ kinds: ['*/Pod'] }) }],
  ['a subresource', { match: match({ kinds: ['Pod/exec'] }) }],
  ['no Pods', { match: match({ kinds: ['Deployment'] }) }],
  ['wildcard kinds', { match: match({ kinds: ['*'] }) }],
  ['names in the legacy form', { match: { resources: { kinds: ['Pod'], names: ['a'] } } }],
  ['names in exclude', { exclude: match({ names: ['a'] }) }],
  ['a selector in exclude', { exclude: match({ selector: { matchLabels: { a: 'b' } } }) }],
  ['other kinds in exclude', { exclude: match({ kinds: ['Job'] }) }],
  ['the prefix already', { name: 'autogen-r' }],
];

for (const [name, changes] of NOT_GENERATED) {
  test(`a rule with ${name} generates nothing`, () => {
    const read = policy([rule(changes)]);
    assert.deepEqual(names(read), [changes['name'] ?? 'r']);
  });
}

const BLOCKING: readonly (readonly [string, JsonObject])[] = [
  ['with names', rule({ name: 'b', match: match({ kinds: ['Pod'], names: ['a'] }) })],
  [
    'for another engine, with names',
    { name: 'b', match: match({ kinds: ['Pod'], names: ['a'] }), validate: { podSecurity: {} } },
  ],
  ['that generates', { name: 'b', match: match({ kinds: ['Namespace'] }), generate: {} }],
  [
    'that mutates by path',
    { name: 'b', match: match({ kinds: ['Pod'] }), mutate: { foreach: [{ patchesJson6902: '' }] } },
  ],
];

for (const [name, other] of BLOCKING) {
  test(`a rule ${name} stops generation for the whole policy`, () => {
    assert.deepEqual(
      names(policy([rule(), other])).filter((text) => text.startsWith('autogen')),
      [],
    );
  });
}

/** Kyverno 1.19 */
const GENERATED: readonly (readonly [string, JsonObject])[] = [
  ['a namespace selector', { match: match({ kinds: ['Pod'], namespaceSelector: {} }) }],
  ['namespaces', { match: match({ kinds: ['Pod'], namespaces: ['a'] }) }],
  ['operations', { match: match({ kinds: ['Pod'], operations: ['CREATE'] }) }],
  ['users', { match: { any: [{ resources: { kinds: ['Pod'] }, clusterRoles: ['x'] }] } }],
  ['users in exclude', { exclude: { any: [{ clusterRoles: ['cluster-admin'] }] } }],
  ['all filters', { match: { all: [{ resources: { kinds: ['Pod'] } }] } }],
  ['the legacy form', { match: { resources: { kinds: ['Pod'] } } }],
];

for (const [name, changes] of GENERATED) {
  test(`a rule with ${name} is generated for workloads, conditions included`, () => {
    const [own, ...generated] = policy([rule(changes)]).rules;
    assert.deepEqual(
      generated.map((copy) => copy.name),
      ['autogen-r', 'autogen-cronjob-r'],
    );
    const conditions = ({ match, exclude }: Selection): unknown =>
      [match, exclude].map((block) => block?.filters.map(({ kinds: _kinds, ...others }) => others));
    assert.ok(own !== undefined);
    for (const copy of generated)
      assert.deepEqual(conditions(copy.selection), conditions(own.selection));
  });
}

test('a kind with its version is generated where another rule names a plain one', () => {
  const read = policy([
    rule({ match: match({ kinds: ['v1/Pod'] }) }),
    rule({ name: 'b', match: match({ kinds: ['Deployment'] }) }),
  ]);
  assert.deepEqual(names(read), ['r', 'b', 'autogen-r', 'autogen-cronjob-r']);
});

test('exclusions go along with the generated rules', () => {
  const read = policy([
    rule({
      exclude: {
        any: [
          { resources: { namespaces: ['kube-system'] } },
          { resources: { kinds: ['Pod'], namespaces: ['own'] } },
        ],
      },
    }),
  ]);
  const kinds = (namespace: string): unknown => kindsByRule(read, namespace)['autogen-r'];
  assert.deepEqual(kinds('kube-system'), []);
  assert.deepEqual(kinds('own'), []);
  assert.deepEqual(
    kinds('other'),
    CONTROLLERS.map(([, kind]) => kind),
  );
});

interface Alternatives {
  readonly name: string;
  readonly match?: JsonObject;
  readonly exclude?: JsonObject;
  readonly annotation?: string;
  /** Kinds in the namespace `a`, by rule. */
  readonly expected: Readonly<Record<string, readonly string[]>>;
}

function filters(...resources: readonly JsonObject[]): readonly JsonObject[] {
  return resources.map((one) => ({ resources: one }));
}

const ALL_CONTROLLERS = CONTROLLERS.map(([, kind]) => kind);

const PODS_ELSEWHERE = { kinds: ['Pod'], namespaces: ['b'] };

/** Kyverno 1.19: getAnyAllAutogenRule, generateCronJobRule; `validate` asks for the kind of the object only */
const ALTERNATIVES: readonly Alternatives[] = [
  {
    name: 'an alternative for workloads is carried over, for CronJobs whatever its kind',
    match: { any: filters(PODS_ELSEWHERE, { kinds: ['Deployment'], namespaces: ['a'] }) },
    expected: {
      r: ['Deployment', 'Deployment'],
      'autogen-r': ['Deployment'],
      'autogen-cronjob-r': ['CronJob'],
    },
  },
  {
    name: 'an alternative for other kinds is one for CronJobs',
    match: { any: filters(PODS_ELSEWHERE, { kinds: ['Service'] }) },
    expected: { r: [], 'autogen-r': [], 'autogen-cronjob-r': ['CronJob'] },
  },
  {
    name: 'an alternative for any kind is one for workloads',
    match: { any: filters(PODS_ELSEWHERE, { namespaces: ['a'] }) },
    expected: {
      r: WORKLOADS.map(([, kind]) => kind),
      'autogen-r': ALL_CONTROLLERS,
      'autogen-cronjob-r': ['CronJob'],
    },
  },
  {
    name: 'an alternative by wildcard is one for the workloads that it names',
    match: { any: filters(PODS_ELSEWHERE, { kinds: ['apps/v1/*Set'] }) },
    expected: {
      r: ['DaemonSet', 'ReplicaSet', 'StatefulSet'],
      'autogen-r': ['DaemonSet', 'ReplicaSet', 'StatefulSet'],
      'autogen-cronjob-r': ['CronJob'],
    },
  },
  {
    name: 'an alternative by version is one for that version',
    match: { any: filters(PODS_ELSEWHERE, { kinds: ['apps/v2/Deployment', 'v1/Job'] }) },
    expected: { r: ['Job'], 'autogen-r': ['Job'], 'autogen-cronjob-r': ['CronJob'] },
  },
  {
    name: 'an alternative for a controller that the annotation leaves out is not carried over',
    match: { any: filters(PODS_ELSEWHERE, { kinds: ['Deployment', 'Job'] }) },
    annotation: 'Job,StatefulSet',
    expected: { r: ['Deployment', 'Job', 'Deployment'], 'autogen-r': ['Job'] },
  },
  {
    name: 'all of several filters: those of other kinds narrow it, except for CronJobs',
    match: { all: filters({ kinds: ['Pod'] }, { kinds: ['Deployment'] }) },
    expected: { r: [], 'autogen-r': ['Deployment'], 'autogen-cronjob-r': ['CronJob'] },
  },
  {
    name: 'an exclusion of workloads is carried over, for CronJobs whatever its kind',
    exclude: { any: filters(PODS_ELSEWHERE, { kinds: ['Deployment'], namespaces: ['a'] }) },
    expected: {
      r: ['Pod'],
      'autogen-r': ALL_CONTROLLERS.filter((kind) => kind !== 'Deployment'),
      'autogen-cronjob-r': [],
    },
  },
  {
    name: 'all of several exclusions',
    exclude: { all: filters({ kinds: ['Pod'] }, { kinds: ['Job'] }) },
    expected: {
      r: ['Pod'],
      'autogen-r': ALL_CONTROLLERS.filter((kind) => kind !== 'Job'),
      'autogen-cronjob-r': [],
    },
  },
  {
    name: 'an exclusion of no kind',
    exclude: { any: filters(PODS_ELSEWHERE, { namespaces: ['a'] }) },
    expected: { r: [], 'autogen-r': [], 'autogen-cronjob-r': [] },
  },
  {
    name: 'an exclusion of what is no kind',
    exclude: { any: filters(PODS_ELSEWHERE, { kinds: ['*/v1/Pod'] }) },
    expected: { r: ['Pod'], 'autogen-r': ALL_CONTROLLERS, 'autogen-cronjob-r': [] },
  },
];

for (const { name, expected, annotation, ...changes } of ALTERNATIVES) {
  for (const language of ['verifyImages', 'validate']) {
    test(`${language}: ${name}`, () => {
      const validate = { pattern: { spec: { containers: [{ image: '*@*' }] } } };
      const own =
        language === 'validate'
          ? { name: 'r', match: FOR_PODS, validate, ...changes }
          : rule(changes);
      assert.deepEqual(kindsByRule(policy([own], annotation)), expected);
    });
  }
}

test('a generated rule knows for which Pods the rule that was written is', () => {
  const any = filters(PODS_ELSEWHERE, { kinds: ['Deployment'], namespaces: ['a'] });
  for (const read of policy([rule({ match: { any } })]).rules) {
    assert.equal(reachesPods(read, 'b'), true, read.name);
    assert.equal(reachesPods(read, 'a'), false, read.name);
  }
});

/** Rules that Kyverno drops where it generates others: whoever wrote one means it. */
test('a rule with the prefix stays beside generated ones', () => {
  const own = rule({ name: 'autogen-own', match: match({ kinds: ['Deployment'] }) });
  assert.deepEqual(names(policy([own, rule()])), [
    'autogen-own',
    'r',
    'autogen-r',
    'autogen-cronjob-r',
  ]);
});

test('names of generated rules are cut to 63 characters', () => {
  const generated = names(policy([rule({ name: 'x'.repeat(63) })])).slice(1);
  assert.deepEqual(generated, [`autogen-${'x'.repeat(55)}`, `autogen-cronjob-${'x'.repeat(47)}`]);
});

test('rules that are not supported are generated too, so that no workload passes them', () => {
  const matchConditions = [
    { name: 'a', expression: "authorizer.path('/').check('get').allowed()" },
  ];
  const spec = { webhookConfiguration: { matchConditions } };
  assert.deepEqual(
    readUsable(policyDocument([rule()], spec)).rules.map(({ kind }) => kind),
    ['unsupported', 'unsupported', 'unsupported'],
  );
});
