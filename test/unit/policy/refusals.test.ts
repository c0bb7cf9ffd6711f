import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from '#shared/base/fault.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
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
