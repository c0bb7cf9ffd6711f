import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from '#shared/base/fault.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { AUTOGEN_ANNOTATION } from '#shared/policy/autogen.ts';
import { REFUSAL_RULES } from '#shared/policy/fault-rules.ts';
import { findRefusals } from '#shared/policy/refusals.ts';
import { FOR_PODS, entry, keySet, policyDocument, readUsable, rule } from './sample-policy.ts';

const AT = 'spec.rules[0].verifyImages[0]';

const VALIDATE: JsonObject = {
  name: 'r',
  match: FOR_PODS,
  validate: { pattern: { spec: { containers: [{ image: '*@sha256:*' }] } } },
};

const EVERY_KIND: JsonObject = { any: [{ resources: { kinds: ['*'] } }] };

const BY_GROUP: JsonObject = {
  any: [{ resources: { kinds: ['Pod'] }, subjects: [{ kind: 'Group', name: 'dev' }] }],
};

const TEAMS: JsonObject = {
  context: [{ name: 'teams', configMap: { name: 'a', namespace: 'b' } }],
};

function whereA(key: string): JsonObject {
  return { all: [{ key, operator: 'Equals', value: 'a' }] };
}

function withKeyless(keyless: JsonObject): JsonObject {
  return policyDocument([
    rule({
      verifyImages: [
        entry({
          attestors: [{ entries: [{ keyless: { subject: 'a', issuer: 'b', ...keyless } }] }],
        }),
      ],
    }),
  ]);
}

function namespaced(document: JsonObject): JsonObject {
  return { ...document, kind: 'Policy' };
}

function withOverrides(...overrides: readonly JsonObject[]): JsonObject {
  return policyDocument([rule()], { validationFailureActionOverrides: overrides });
}

function inBeta(rules: readonly JsonObject[]): JsonObject {
  return { ...policyDocument(rules, { background: false }), apiVersion: 'kyverno.io/v2beta1' };
}

function withMatchCondition(expression: string): JsonObject {
  return policyDocument([rule()], {
    webhookConfiguration: { matchConditions: [{ name: 'a', expression }] },
  });
}

const ALWAYS: JsonObject = { name: 'a', expression: 'true' };

const CEL: JsonObject = { ...VALIDATE, validate: { cel: { expressions: [ALWAYS] } } };

const NOTHING_ELSE =
  'a rule that validates with nothing else, write "pattern", "anyPattern", "deny", "foreach", "cel" or "podSecurity"';

const NO_LOG =
  'Kyverno refuses "keyless" without a log, write "rekor: { url: https://rekor.sigstore.dev }"';

/** What Kyverno 1.19 refuses, and the like that it takes: the rule, a document, and the faults in it. */
const ROWS: readonly (readonly [
  rule: keyof typeof REFUSAL_RULES,
  title: string,
  document: JsonObject,
  lines: readonly string[],
])[] = [
  [
    'auditPins',
    'both are defaults',
    policyDocument([rule()], { validationFailureAction: null }),
    [
      `${AT}.mutateDigest: Kyverno refuses "mutateDigest: true" (also its default) together with the action Audit, write "mutateDigest: false" or the action Enforce`,
    ],
  ],
  [
    'auditPins',
    'an entry that audits under a policy that enforces',
    policyDocument([
      rule({ verifyImages: [entry({ failureAction: 'Audit', mutateDigest: true })] }),
    ]),
    [
      `${AT}.mutateDigest: Kyverno refuses "mutateDigest: true" (also its default) together with the action Audit, write "mutateDigest: false" or the action Enforce`,
    ],
  ],
  [
    'auditPins',
    'no digest is written',
    policyDocument([rule({ verifyImages: [entry({ mutateDigest: false })] })], {
      validationFailureAction: 'Audit',
    }),
    [],
  ],
  [
    'auditPins',
    'an entry goes on with the action of the one above it',
    policyDocument([rule({ verifyImages: [entry({ failureAction: 'Enforce' }), entry()] })], {
      validationFailureAction: 'Audit',
    }),
    [],
  ],
  [
    'wildcardKind',
    'in a rule that verifies images',
    policyDocument([rule({ match: EVERY_KIND })], { background: false }),
    [
      'spec.rules[0].match.any[0].resources.kinds: Kyverno refuses the kind "*" in rules with "verifyImages" or "foreach", name the kinds',
    ],
  ],
  [
    'wildcardKind',
    'in a policy that runs in the background',
    policyDocument([{ ...VALIDATE, match: EVERY_KIND }]),
    [
      'spec.rules[0].match.any[0].resources.kinds: Kyverno refuses the kind "*" in policies that run in the background, name the kinds or write "background: false"',
    ],
  ],
  [
    'wildcardKind',
    'in a rule that loops, although only at admission',
    policyDocument(
      [{ ...VALIDATE, match: EVERY_KIND, validate: { foreach: [{ list: 'a', pattern: {} }] } }],
      { background: false },
    ),
    [
      'spec.rules[0].match.any[0].resources.kinds: Kyverno refuses the kind "*" in rules with "verifyImages" or "foreach", name the kinds',
    ],
  ],
  [
    'wildcardKind',
    'only at admission, and kinds that hold a wildcard among others',
    policyDocument(
      [
        rule({ match: { any: [{ resources: { kinds: ['apps/*/*'] } }] } }),
        { ...VALIDATE, name: 's', match: EVERY_KIND },
      ],
      { background: false },
    ),
    [],
  ],
  [
    'noAdmission',
    'beside verifyImages',
    policyDocument([rule()], { admission: false }),
    [
      'spec.admission: Kyverno refuses this here: rules that verify images, change or make objects act at admission',
    ],
  ],
  [
    'noAdmission',
    'beside generate',
    policyDocument([VALIDATE, { name: 'g', match: FOR_PODS, generate: {} }], { admission: false }),
    [
      'spec.admission: Kyverno refuses this here: rules that verify images, change or make objects act at admission',
    ],
  ],
  ['noAdmission', 'for validate rules', policyDocument([VALIDATE], { admission: false }), []],
  [
    'countAboveEntries',
    'two keys in one entry',
    policyDocument([rule({ verifyImages: [entry({ attestors: [{ ...keySet(), count: 2 }] })] })]),
    [
      `${AT}.attestors[0].count: Kyverno refuses a count above the number of written entries, 1: write keys as entries of their own`,
    ],
  ],
  [
    'countAboveEntries',
    'as many as there are',
    policyDocument([rule({ verifyImages: [entry({ attestors: [{ ...keySet(), count: 1 }] })] })]),
    [],
  ],
  [
    'keylessWithoutLog',
    'nothing is written',
    withKeyless({}),
    [`${AT}.attestors[0].entries[0].keyless: ${NO_LOG}`],
  ],
  [
    'keylessWithoutLog',
    'a log without an address, whatever the roots',
    withKeyless({ rekor: { ignoreTlog: true }, roots: 'x' }),
    [`${AT}.attestors[0].entries[0].keyless: ${NO_LOG}`],
  ],
  [
    'keylessWithoutLog',
    'the deprecated form',
    policyDocument([rule({ verifyImages: [entry({ attestors: [], issuer: 'a', subject: 'b' })] })]),
    [
      `${AT}.issuer: Kyverno refuses this without "roots", write "attestors" with "keyless" and its "rekor.url"`,
    ],
  ],
  ['keylessWithoutLog', 'roots', withKeyless({ roots: 'x' }), []],
  ['keylessWithoutLog', 'a log', withKeyless({ rekor: { url: 'https://rekor.example' } }), []],
  ...(
    [
      ['a misspelt name', '{{ tems.data.a }}', 'tems', 'tems.data.a'],
      ['the name of a function without a call', '{{ length }}', 'length', 'length'],
    ] as const
  ).map(
    ([title, key, name, text]) =>
      [
        'undeclaredVariable',
        title,
        policyDocument([rule({ ...TEAMS, preconditions: whereA(key) })]),
        [
          `spec.rules[0].preconditions.all[0].key: Kyverno refuses this: nothing gives the variable "${name}"${
            name === text ? '' : ` in "${text}"`
          }, expected request, images, serviceAccountName, serviceAccountNamespace, teams or a name of "context"`,
        ],
      ] as const,
  ),
  ...(
    [
      ['a name of the context', '{{ teams.data.a }}'],
      ['a name that begins like one of the context', '{{ teamsters }}'],
      ['a call of a function', "{{ to_upper('a') }}"],
      ['a word of Kyverno anywhere in it', '{{ my.image }}'],
    ] as const
  ).map(
    ([title, key]) =>
      [
        'undeclaredVariable',
        title,
        policyDocument([rule({ ...TEAMS, preconditions: whereA(key) })]),
        [],
      ] as const,
  ),
  [
    'undeclaredVariable',
    'any name beside an attestation without one',
    policyDocument([
      rule({
        preconditions: whereA('{{ other }}'),
        verifyImages: [entry({ attestations: [{ type: 'a', attestors: [keySet()] }] })],
      }),
    ]),
    [],
  ],
  [
    'kindlessFilter',
    'a filter for namespaces beside one for kinds',
    policyDocument([
      rule({
        match: {
          all: [{ resources: { kinds: ['Pod'] } }, { resources: { namespaces: ['shop'] } }],
        },
      }),
    ]),
    [
      'spec.rules[0].match.all[1]: Kyverno refuses a filter of "match" without kinds, name them in each',
    ],
  ],
  [
    'kindlessFilter',
    'an exclusion of namespaces',
    policyDocument([rule({ exclude: { any: [{ resources: { namespaces: ['shop'] } }] } })]),
    [],
  ],
  [
    'countAboveEntries',
    'none is wanted',
    policyDocument([rule({ verifyImages: [entry({ attestors: [{ ...keySet(), count: 0 }] })] })]),
    [
      `${AT}.attestors[0].count: Kyverno refuses a count below 1, take it away where all are needed`,
    ],
  ],
  [
    'userInBackground',
    'subjects',
    policyDocument([rule({ match: BY_GROUP })]),
    [
      'spec.rules[0].match.any[0].subjects: Kyverno refuses conditions on users in policies that run in the background, write "background: false"',
    ],
  ],
  [
    'userInBackground',
    'a variable',
    policyDocument([
      rule({ preconditions: { all: [{ key: '{{ request.userInfo.username }}' }] } }),
    ]),
    [
      'spec.rules[0].preconditions.all[0].key: Kyverno refuses the variable "request.userInfo.username" in policies that run in the background, write "background: false"',
    ],
  ],
  [
    'userInBackground',
    'a variable beside a rule that changes what is there',
    policyDocument([
      rule({ preconditions: { all: [{ key: '{{ request.userInfo.username }}' }] } }),
      { name: 'm', match: FOR_PODS, mutate: { targets: [{ kind: 'ConfigMap' }] } },
    ]),
    [],
  ],
  [
    'userInBackground',
    'no background',
    policyDocument([rule({ match: BY_GROUP })], { background: false }),
    [],
  ],
  [
    'oldAndNewField',
    'both',
    policyDocument([rule()], {
      failurePolicy: 'Fail',
      webhookTimeoutSeconds: 20,
      webhookConfiguration: { failurePolicy: 'Fail', timeoutSeconds: 20 },
    }),
    [
      'spec.failurePolicy: Kyverno refuses both this and "webhookConfiguration.failurePolicy", take this one away',
      'spec.webhookTimeoutSeconds: Kyverno refuses both this and "webhookConfiguration.timeoutSeconds", take this one away',
    ],
  ],
  [
    'oldAndNewField',
    'one of them',
    policyDocument([rule()], {
      failurePolicy: 'Fail',
      webhookConfiguration: { timeoutSeconds: 9 },
    }),
    [],
  ],
  [
    'namespacedScope',
    'namespaces and overrides',
    namespaced(
      policyDocument(
        [rule({ match: { any: [{ resources: { kinds: ['Pod'], namespaces: ['a'] } }] } })],
        { validationFailureActionOverrides: [{ action: 'Audit', namespaces: ['a'] }] },
      ),
    ),
    [
      'spec.validationFailureActionOverrides: Kyverno refuses this in a namespaced policy',
      'spec.rules[0].match.any[0].resources.namespaces: Kyverno refuses namespaces in a namespaced policy, which is for its own only; take them away',
    ],
  ],
  ['namespacedScope', 'neither', namespaced(policyDocument([rule()])), []],
  [
    'extractorsElsewhere',
    'in a validate rule',
    policyDocument([{ ...VALIDATE, imageExtractors: { Task: [{ path: '/spec/image' }] } }]),
    ['spec.rules[0].imageExtractors: Kyverno refuses this in rules that do not verify images'],
  ],
  [
    'extractorsElsewhere',
    'where they belong',
    policyDocument([rule({ imageExtractors: { Task: [{ path: '/spec/image' }] } })]),
    [],
  ],
  [
    'clusterPolicyNamespace',
    'a namespace',
    { ...policyDocument([rule()]), metadata: { name: 'p', namespace: 'a' } },
    ['metadata.namespace: Kyverno refuses a namespace here: the policy is for the whole cluster'],
  ],
  ['clusterPolicyNamespace', 'none', policyDocument([rule()]), []],
  [
    'subresourceInBackground',
    'of a validate rule',
    policyDocument([
      {
        ...VALIDATE,
        match: { any: [{ resources: { kinds: ['Pod', 'Pod/ephemeralcontainers'] } }] },
      },
    ]),
    [
      'spec.rules[0].match.any[0].resources.kinds[1]: Kyverno refuses subresources in policies that run in the background, write "background: false"',
    ],
  ],
  [
    'subresourceInBackground',
    'of a rule that verifies images',
    policyDocument([
      rule({ match: { any: [{ resources: { kinds: ['tekton.dev/v1/TaskRun.status'] } }] } }),
    ]),
    [],
  ],
  [
    'conflictingActions',
    'a pattern of one holds a namespace of the other',
    withOverrides(
      { action: 'Audit', namespaces: ['prod-*'] },
      { action: 'enforce', namespaces: ['prod-1'] },
    ),
    [
      'spec.validationFailureActionOverrides[1].namespaces: Kyverno refuses "prod-1" with both actions, name each namespace once',
    ],
  ],
  [
    'conflictingActions',
    'namespaces of their own',
    withOverrides(
      { action: 'Audit', namespaces: ['dev-*'] },
      { action: 'Enforce', namespaces: ['prod-*'] },
      { action: 'Enforce', namespaces: ['prod-1'] },
    ),
    [],
  ],
  [
    'emptySelection',
    'a filter of both lists',
    policyDocument([
      rule({
        match: {
          any: [{ resources: { kinds: ['Job'] } }, { resources: { kinds: ['Pod'], name: '' } }],
        },
        exclude: { any: [{ resources: { kinds: ['Pod'] }, subjects: null }] },
      }),
    ]),
    [
      'spec.rules[0].exclude.any[0]: Kyverno refuses an exclusion that is the same as a filter of "match"',
    ],
  ],
  [
    'emptySelection',
    'the deprecated form, with an operation that does not count',
    policyDocument([
      rule({
        match: { resources: { kinds: ['Pod'], namespaces: ['shop'] } },
        exclude: { resources: { kinds: ['Job', 'Pod'], operations: ['DELETE'] } },
      }),
    ]),
    ['spec.rules[0].exclude: Kyverno refuses an exclusion of everything that "match" selects'],
  ],
  [
    'emptySelection',
    'a name that a pattern excludes, whatever else',
    policyDocument([
      rule({
        match: { resources: { kinds: ['Pod'], names: ['a-1', 'b'] } },
        exclude: { resources: { kinds: ['Job'], names: ['a-*'] } },
      }),
    ]),
    ['spec.rules[0].exclude: Kyverno refuses an exclusion of everything that "match" selects'],
  ],
  [
    'emptySelection',
    'a list beside the deprecated form',
    policyDocument([
      rule({
        match: { resources: { kinds: ['Pod'] } },
        exclude: { any: [{ resources: { namespaces: ['kube-system'] } }] },
      }),
    ]),
    [
      'spec.rules[0].exclude: Kyverno refuses a list in "exclude" beside a "match" without one, write "match" with "any" too',
    ],
  ],
  ...(
    [
      [
        'some of the kinds',
        { resources: { kinds: ['Pod', 'Job'] } },
        { resources: { kinds: ['Pod'] } },
      ],
      ['other users', { resources: { kinds: ['Pod'] } }, { clusterRoles: ['admin'] }],
      [
        'other labels',
        { resources: { kinds: ['Pod'], selector: { matchLabels: { a: 'b' } } } },
        { resources: { kinds: ['Pod'], selector: { matchLabels: { a: 'c' } } } },
      ],
      [
        'namespaces by their labels',
        { resources: { kinds: ['Pod'] } },
        { resources: { kinds: ['Pod'], namespaceSelector: { matchLabels: { a: 'c' } } } },
      ],
      [
        'an annotation',
        { resources: { kinds: ['Pod'] } },
        { resources: { annotations: { a: 'b' } } },
      ],
      ['another name', { resources: { kinds: ['Pod'] } }, { resources: { names: ['a'] } }],
      ['nothing', { resources: { kinds: ['Pod'] } }, {}],
      [
        'a list of all',
        { all: [{ resources: { kinds: ['Pod'] } }] },
        { all: [{ resources: { kinds: ['Pod'] } }] },
      ],
      [
        'more conditions than the filter',
        FOR_PODS,
        { any: [{ resources: { kinds: ['Pod'], namespaces: ['shop'] } }] },
      ],
    ] as const
  ).map(
    ([title, match, exclude]) =>
      [
        'emptySelection',
        `an exclusion of ${title}`,
        policyDocument([rule({ match, exclude })], { background: false }),
        [],
      ] as const,
  ),
  ...(
    [
      ['none', {}, 'a selector that asks for no label, take it away'],
      [
        'none in its lists',
        { matchLabels: {}, matchExpressions: [] },
        'a selector that asks for no label, take it away',
      ],
      [
        'a name that no label has',
        { matchLabels: { 'a b': 'c' } },
        '"a b" here: no label can have that name or value',
      ],
      [
        'a prefix that no label has',
        { matchExpressions: [{ key: 'A_/b', operator: 'Exists' }] },
        '"A_/b" here: no label can have that name or value',
      ],
      [
        'a value that no label has',
        { matchLabels: { a: 'c d' } },
        '"c d" here: no label can have that name or value',
      ],
    ] as const
  ).map(
    ([title, selector, message]) =>
      [
        'idleSelector',
        title,
        policyDocument([rule({ exclude: { any: [{ resources: { selector } }] } })]),
        [`spec.rules[0].exclude.any[0].resources.selector: Kyverno refuses ${message}`],
      ] as const,
  ),
  ...(
    [
      ['a label', { matchLabels: { 'acme.example/a_b': 'c.d' } }],
      ['an empty value', { matchLabels: { a: '' } }],
      ['a wildcard beside what no label has', { matchLabels: { 'a b': 'c', 'a*': 'b' } }],
    ] as const
  ).map(
    ([title, selector]) =>
      [
        'idleSelector',
        title,
        policyDocument([rule({ exclude: { any: [{ resources: { selector } }] } })]),
        [],
      ] as const,
  ),
  [
    'idleSelector',
    'an empty selector of namespaces',
    policyDocument([
      rule({ match: { any: [{ resources: { kinds: ['Pod'], namespaceSelector: {} } }] } }),
    ]),
    [],
  ],
  [
    'clusterKind',
    'both spellings',
    namespaced(
      policyDocument([
        rule({
          match: {
            any: [
              { resources: { kinds: ['Namespace', 'rbac.authorization.k8s.io/v1/ClusterRole'] } },
            ],
          },
        }),
      ]),
    ),
    [
      'spec.rules[0].match.any[0].resources.kinds[0]: Kyverno refuses "Namespace" in a namespaced policy: objects of this kind are in no namespace, write a ClusterPolicy',
      'spec.rules[0].match.any[0].resources.kinds[1]: Kyverno refuses "rbac.authorization.k8s.io/v1/ClusterRole" in a namespaced policy: objects of this kind are in no namespace, write a ClusterPolicy',
    ],
  ],
  [
    'clusterKind',
    'in a policy for the whole cluster',
    policyDocument([rule({ match: { any: [{ resources: { kinds: ['Namespace'] } }] } })]),
    [],
  ],
  [
    'autogenAll',
    'the word',
    {
      ...policyDocument([rule()]),
      metadata: { name: 'p', annotations: { [AUTOGEN_ANNOTATION]: 'all' } },
    },
    [
      `metadata.annotations["${AUTOGEN_ANNOTATION}"]: Kyverno refuses the value "all" here, take the annotation away`,
    ],
  ],
  [
    'autogenAll',
    'kinds',
    {
      ...policyDocument([rule()]),
      metadata: { name: 'p', annotations: { [AUTOGEN_ANNOTATION]: 'Deployment' } },
    },
    [],
  ],
  [
    'longName',
    '64 characters',
    { ...policyDocument([rule()]), metadata: { name: 'p'.repeat(64) } },
    ['metadata.name: Kyverno refuses a name of 64 characters, write 63 at most'],
  ],
  [
    'longName',
    '63 characters',
    { ...policyDocument([rule()]), metadata: { name: 'p'.repeat(63) } },
    [],
  ],
  [
    'celContext',
    'both',
    policyDocument([{ ...CEL, ...TEAMS }]),
    [
      'spec.rules[0].context: Kyverno refuses this in rules with "cel", whose expressions see none of it; write "variables" of "cel"',
    ],
  ],
  ['celContext', 'an empty one', policyDocument([{ ...CEL, context: [] }]), []],
  ...(['validate', 'mutate', 'generate'] as const).map(
    (type) =>
      [
        'celPreconditions',
        `in a rule that has ${type}`,
        policyDocument([
          { name: 'r', match: FOR_PODS, celPreconditions: [ALWAYS], [type]: { deny: {} } },
        ]),
        [
          'spec.rules[0].celPreconditions: Kyverno refuses this in rules without "cel", write "preconditions"',
        ],
      ] as const,
  ),
  ['celPreconditions', 'with cel', policyDocument([{ ...CEL, celPreconditions: [ALWAYS] }]), []],
  [
    'celPreconditions',
    'in a rule that verifies images, where Kyverno does not look',
    policyDocument([rule({ celPreconditions: [ALWAYS] })]),
    [],
  ],
  ...(
    [
      ['an assertion alone', { assert: { a: 1 } }, '.assert', NOTHING_ELSE],
      ['manifests that nobody signs', { manifests: { attestors: [] } }, '.manifests', NOTHING_ELSE],
      ['a message alone', { message: 'a' }, '', NOTHING_ELSE],
      [
        'a loop without a check',
        { foreach: [{ list: 'a', foreach: [] }] },
        '.foreach[0]',
        'a loop without a check, write one of "pattern", "anyPattern", "deny" and "foreach"',
      ],
      [
        'a loop with two',
        { foreach: [{ list: 'a', deny: {}, pattern: {} }] },
        '.foreach[0]',
        'pattern and deny in one loop, write one of "pattern", "anyPattern", "deny" and "foreach"',
      ],
      [
        'a loop over nothing',
        { foreach: [{ deny: {} }] },
        '.foreach[0].list',
        'a loop without a list',
      ],
      [
        'an empty expression',
        { cel: { expressions: [{ message: 'a' }] } },
        '.cel.expressions[0].expression',
        'an empty expression',
      ],
    ] as const
  ).map(
    ([title, validate, path, message]) =>
      [
        'noCheck',
        title,
        policyDocument([{ ...VALIDATE, validate }]),
        [`spec.rules[0].validate${path}: Kyverno refuses ${message}`],
      ] as const,
  ),
  ...(
    [
      ['an assertion beside a pattern', { assert: { a: 1 }, pattern: { a: 1 } }],
      ['Pod Security', { podSecurity: {} }],
      ['signed manifests', { manifests: { attestors: [{}] } }],
      ['a loop in a loop', { foreach: [{ list: 'a', foreach: [{}] }] }],
      ['an expression', { cel: { expressions: [{ expression: 'true' }] } }],
    ] as const
  ).map(
    ([title, validate]) =>
      ['noCheck', title, policyDocument([{ ...VALIDATE, validate }]), []] as const,
  ),
  ...(
    [
      ['a number', { pattern: { metadata: { labels: { a: 1 } } } }, 'pattern.metadata.labels.a'],
      [
        'of the template',
        { pattern: { spec: { template: { metadata: { annotations: { 'a/b': true } } } } } },
        'pattern.spec.template.metadata.annotations["a/b"]',
      ],
      [
        'in a list of patterns',
        { anyPattern: [{}, { metadata: { labels: { a: null } } }] },
        'anyPattern[1].metadata.labels.a',
      ],
      [
        'in the first loop',
        { foreach: [{ list: 'a', pattern: { metadata: { labels: { a: 1 } } } }] },
        'foreach[0].pattern.metadata.labels.a',
      ],
    ] as const
  ).map(
    ([title, validate, path]) =>
      [
        'untextedLabel',
        title,
        policyDocument([{ ...VALIDATE, validate }]),
        [
          `spec.rules[0].validate.${path}: Kyverno refuses labels and annotations that are no text in a pattern, put it into quotes`,
        ],
      ] as const,
  ),
  ...(
    [
      ['texts', { pattern: { metadata: { labels: { a: '1', '=(b)': '?*' } } } }],
      ['a number elsewhere', { pattern: { spec: { replicas: 1 } } }],
      ['an anchor', { pattern: { metadata: { '=(labels)': { a: 1 } } } }],
    ] as const
  ).map(
    ([title, validate]) =>
      ['untextedLabel', title, policyDocument([{ ...VALIDATE, validate }]), []] as const,
  ),
  ...(['foo.bar == 1', 'authorizer.group("a").check("b").allowed()'] as const).map(
    (expression) =>
      [
        'undeclaredCel',
        expression,
        withMatchCondition(expression),
        [
          `spec.webhookConfiguration.matchConditions[0].expression: Kyverno refuses this: Cannot use CEL expression ${JSON.stringify(expression)}: undeclared reference to '${expression.split('.')[0]}'; match conditions know object, oldObject, request and namespaceObject`,
        ],
      ] as const,
  ),
  ...(['object.metadata.name == "a"', 'quantity("1") == object.a'] as const).map(
    (expression) => ['undeclaredCel', expression, withMatchCondition(expression), []] as const,
  ),
  [
    'fieldsOfV1',
    'of blocks, entries and checks, and lists of conditions',
    inBeta([
      rule({
        match: { resources: { kinds: ['Pod'] } },
        exclude: { roles: ['a:b'] },
        preconditions: [{ key: 'a', operator: 'Equals', value: 'b' }],
        verifyImages: [entry({ image: 'ghcr.io/*', cosignOCI11: true })],
      }),
      {
        ...VALIDATE,
        name: 's',
        validate: { allowExistingViolations: true, deny: { conditions: [] } },
      },
    ]),
    [
      'spec.rules[0].match.resources: Kyverno refuses this',
      'spec.rules[0].exclude.roles: Kyverno refuses this',
      `${AT}.cosignOCI11: Kyverno refuses this`,
      `${AT}.image: Kyverno refuses this`,
      'spec.rules[0].preconditions: Kyverno refuses a list here',
      'spec.rules[1].validate.allowExistingViolations: Kyverno refuses this',
      'spec.rules[1].validate.deny.conditions: Kyverno refuses a list here',
    ].map(
      (line) =>
        `${line} in kyverno.io/v2beta1, which does not know it: kubectl tells so, and without its check the API server drops it; write kyverno.io/v1`,
    ),
  ],
  [
    'fieldsOfV1',
    'what both versions have',
    inBeta([rule({ preconditions: whereA('{{ images }}') })]),
    [],
  ],
  [
    'fieldsOfV1',
    'a policy of v1',
    policyDocument([rule({ match: { resources: { kinds: ['Pod'] } } })]),
    [],
  ],
];

for (const [name, title, document, lines] of ROWS) {
  const { id } = REFUSAL_RULES[name];
  test(`${id} findRefusals() tells ${name}: ${title}`, () => {
    const found = findRefusals(document);
    assert.deepEqual(found.map(formatFault), lines);
    assert.ok(found.every(({ rule: kind, severity }) => kind === id && severity === 'error'));
  });
}

test('findRefusals() has a refused and an accepted example for each rule', () => {
  for (const name of Object.keys(REFUSAL_RULES)) {
    const answers = ROWS.filter(([row]) => row === name).map(([, , , lines]) => lines.length > 0);
    assert.equal(new Set(answers).size, 2, name);
  }
});

test('findRefusals() is not about our own kinds', () => {
  const document = policyDocument([rule({ match: EVERY_KIND })], { admission: false });
  assert.ok(findRefusals(document).length > 0);
  assert.deepEqual(
    findRefusals({
      ...document,
      apiVersion: 'sign-policy.dev/v1alpha1',
      kind: 'ClusterSignPolicy',
    }),
    [],
  );
});

test('the reader still honours what Kyverno refuses: it may be in a cluster already', () => {
  const document = policyDocument([rule()], { validationFailureAction: 'Audit' });
  assert.equal(findRefusals(document).length, 1);
  assert.equal(readUsable(document).rules[0]?.action.mode, 'audit');
});

const ELSEWHERE =
  'spec.rules[0].match.any[0].resources.namespaces: found namespaces other than that of the policy: it acts in its own only, and never there; take them away';

/** Namespace of the policy, what its rule names, and what is told. */
const OWN_NAMESPACES: readonly (readonly [
  kind: string,
  namespace: string | undefined,
  named: readonly string[],
  lines: readonly string[],
])[] = [
  ['SignPolicy', 'shop', ['prod', 'prod-*'], [ELSEWHERE]],
  ['SignPolicy', 'shop', ['prod', 'sh*'], []],
  ['SignPolicy', 'shop', [], []],
  ['SignPolicy', undefined, ['prod'], [ELSEWHERE]],
  ['SignPolicy', undefined, ['*'], []],
  ['ClusterSignPolicy', undefined, ['prod'], []],
];

for (const [kind, namespace, named, lines] of OWN_NAMESPACES) {
  test(`SP108 findRefusals() of a ${kind} in ${namespace ?? 'no namespace'} for [${named.join(', ')}]`, () => {
    const match = { any: [{ resources: { kinds: ['Pod'], namespaces: named } }] };
    const found = findRefusals({
      ...policyDocument([rule({ match })]),
      apiVersion: 'sign-policy.dev/v1alpha1',
      kind,
      metadata: { name: 'p', ...(namespace === undefined ? {} : { namespace }) },
    });
    assert.deepEqual(found.map(formatFault), lines);
    assert.ok(found.every(({ rule: id, severity }) => id === 'SP108' && severity === 'error'));
  });
}
