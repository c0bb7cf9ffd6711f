import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { AUTOGEN_ANNOTATION } from '#shared/policy/autogen.ts';
import { matches, type MatchSubject } from '#shared/policy/match.ts';
import type { Policy, Selection } from '#shared/policy/model.ts';
import { policyDocument, readUsable, rule } from './sample-policy.ts';

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
    const conditions = (selection: Selection | undefined): unknown =>
      selection?.match.filters.map(({ kinds: _kinds, ...others }) => others);
    for (const copy of generated) {
      assert.deepEqual(conditions(copy.selection), conditions(own?.selection));
      assert.deepEqual(copy.selection.exclude, own?.selection.exclude);
    }
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

test('alternatives for other kinds stay with the rule that was written', () => {
  const any = [{ resources: { kinds: ['Pod'] } }, { resources: { kinds: ['CronJob'] } }];
  assert.deepEqual(kindsByRule(policy([rule({ match: { any } })])), {
    r: ['Pod', 'CronJob'],
    'autogen-r': CONTROLLERS.map(([, kind]) => kind),
    'autogen-cronjob-r': ['CronJob'],
  });
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
