import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindsWebhook } from '#server/registration/kinds-webhook.ts';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { type CustomKind, customKinds } from '#shared/policy/custom-kinds.ts';
import { faultLines, policyDocument, readUsable, rule } from './sample-policy.ts';

const AT = [{ path: '/spec/image' }];

function found(document: JsonObject): readonly string[] {
  return customKinds([readUsable(document)]).map(
    ({ group, version, kind, subresource, namespace = '' }) =>
      [group, version, kind, subresource, namespace].join(' '),
  );
}

function forKinds(kinds: readonly string[], changes: JsonObject = {}): JsonObject {
  return policyDocument([rule({ match: { any: [{ resources: { kinds } }] }, ...changes })]);
}

const VALIDATE: JsonObject = {
  verifyImages: undefined,
  validate: {
    deny: { conditions: { any: [{ key: '{{ images }}', operator: 'Equals', value: 1 }] } },
  },
};

const ROWS: readonly (readonly [what: string, JsonObject, readonly string[]])[] = [
  ['Pods only', forKinds(['Pod']), []],
  ['workloads', forKinds(['Deployment', 'batch/v1/CronJob']), []],
  [
    'a kind with an extractor',
    forKinds(['Task'], { imageExtractors: { Task: AT } }),
    ['* * Task  '],
  ],
  ['a kind without one, which is admitted unseen', forKinds(['Task']), []],
  [
    'group, version and subresource',
    forKinds(['tekton.dev/v1beta1/TaskRun.status'], { imageExtractors: { TaskRun: AT } }),
    ['tekton.dev v1beta1 TaskRun status '],
  ],
  [
    'wildcards: the kinds with an extractor',
    forKinds(['*'], { imageExtractors: { Task: AT, Run: AT, Pod: AT } }),
    ['* * Task  ', '* * Run  ', '* * Pod  '],
  ],
  [
    'Pods with an extractor, whose other fields the usual registration does not look at',
    forKinds(['Pod'], { imageExtractors: { Pod: AT } }),
    ['* * Pod  '],
  ],
  [
    'wildcards of groups and subresources',
    forKinds(['*/*'], { imageExtractors: { Task: AT } }),
    ['* * Task * '],
  ],
  [
    'a filter without kinds',
    policyDocument([
      rule({
        match: { any: [{ resources: { namespaces: ['a'] } }] },
        imageExtractors: { Task: AT },
      }),
    ]),
    ['* * Task  '],
  ],
  [
    'an extractor for a kind that is not matched',
    forKinds(['Pod'], { imageExtractors: { Task: AT } }),
    [],
  ],
  ['a validate rule for a plain kind', forKinds(['Task'], VALIDATE), ['* * Task  ']],
  ['a validate rule for all kinds', forKinds(['*'], VALIDATE), []],
  [
    'another kind of a known name',
    forKinds(['batch.volcano.sh/v1alpha1/Job'], { imageExtractors: { Job: AT } }),
    ['batch.volcano.sh v1alpha1 Job  '],
  ],
  [
    'an unsupported rule with an extractor',
    forKinds(['Task'], {
      imageExtractors: { Task: AT },
      celPreconditions: [{ name: 'a', expression: 'true' }],
    }),
    ['* * Task  '],
  ],
  [
    'a namespaced policy',
    {
      ...forKinds(['Task'], { imageExtractors: { Task: AT } }),
      kind: 'Policy',
      metadata: { name: 'p', namespace: 'team' },
    },
    ['* * Task  team'],
  ],
  [
    'each once',
    policyDocument(
      ['a', 'b'].map((name) =>
        rule({
          name,
          match: { any: [{ resources: { kinds: ['Task'] } }] },
          imageExtractors: { Task: AT },
        }),
      ),
    ),
    ['* * Task  '],
  ],
];

for (const [what, document, wanted] of ROWS) {
  test(`customKinds(): ${what}`, () => assert.deepEqual(found(document), wanted));
}

test('MNH-28 a validate rule whose kinds are open is told which objects it does not reach', () => {
  const lines = ['*', 'Tas?'].flatMap((open) => faultLines(forKinds([open, 'Pod'], VALIDATE)));
  assert.deepEqual(
    lines,
    ['*', 'Tas?'].map(
      (open) =>
        `warning spec.rules[0].match: kind "${open}" stands for kinds with a Pod template only here, others are admitted unchecked; name them`,
    ),
  );
});

function kind(changes: Partial<CustomKind> = {}): CustomKind {
  return {
    group: '*',
    version: '*',
    kind: 'Task',
    subresource: '',
    namespace: undefined,
    ...changes,
  };
}

function condition(...kinds: readonly CustomKind[]): JsonValue | undefined {
  const { matchConditions } = kindsWebhook(kinds) as {
    readonly matchConditions: readonly { readonly expression: string }[];
  };
  return matchConditions[0]?.expression;
}

test('kindsWebhook(): one rule for each place, in which only these kinds count', () => {
  const rule = { operations: ['CREATE', 'UPDATE'], scope: '*' };
  const made = kindsWebhook([
    kind({ group: 'tekton.dev', version: 'v1' }),
    kind({ group: 'tekton.dev', version: 'v1', kind: 'Pipeline' }),
    kind({ subresource: 'status' }),
    kind({ group: '*.dev', version: 'v?', subresource: 'st*' }),
  ]);
  assert.deepEqual(made['rules'], [
    { apiGroups: ['*'], apiVersions: ['*'], ...rule, resources: ['*/*'] },
    { apiGroups: ['*'], apiVersions: ['*'], ...rule, resources: ['*/status'] },
    { apiGroups: ['tekton.dev'], apiVersions: ['v1'], ...rule, resources: ['*'] },
  ]);
});

test('MNH-20 kindsWebhook(): kinds of a namespaced policy are for its namespace only', () => {
  assert.equal(condition(kind()), 'request.kind.kind in ["Task"]');
  assert.equal(
    condition(kind({ kind: 'Run' }), kind({ kind: 'Lease', namespace: 'team' }), kind()),
    'has(request.namespace) && request.namespace == "team" && request.kind.kind in ["Lease"]' +
      ' || request.kind.kind in ["Run","Task"]',
  );
});

test('kindsWebhook(): does not depend on the order of policies', () => {
  const kinds = [
    kind(),
    kind({ group: 'a.example', kind: 'B' }),
    kind({ kind: 'C', namespace: 'team' }),
    kind({ subresource: 'status', kind: 'D', namespace: 'other' }),
  ];
  assert.deepEqual(kindsWebhook(kinds.toReversed()), kindsWebhook(kinds));
});
