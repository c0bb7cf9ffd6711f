import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { JsonObject } from '#shared/base/json-value.ts';
import { isJsonObject } from '#shared/base/json-value.ts';
import { MAX_POLICY_DEPTH, readPolicy } from '#shared/policy/read-policy.ts';
import {
  entry,
  faultLines,
  KEY,
  keySet,
  newKey,
  objects,
  ownRule,
  policyDocument,
  read,
  readUsable,
  rule,
} from './sample-policy.ts';
import { DIGEST_PATTERN_POLICY } from '#test/support/admission/policies.ts';

const KEY_POLICY = `
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: check-image
spec:
  validationFailureAction: Enforce
  background: false
  webhookTimeoutSeconds: 30
  failurePolicy: Fail
  rules:
    - name: check-image
      match:
        any:
        - resources:
            kinds:
              - Pod
      verifyImages:
      - imageReferences:
        - "registry.example:5000/*"
        attestors:
        - count: 1
          entries:
          - keys:
              publicKeys: |-
${KEY.split('\n')
  .map((line) => `                ${line}`)
  .join('\n')}
              rekor: {ignoreTlog: true}
              ctlog: {ignoreSCT: true}
`;

test('readPolicy takes the digest policy of the background papers unchanged', () => {
  const [document] = objects(DIGEST_PATTERN_POLICY);
  assert.ok(document !== undefined);
  const { rules, faults } = { ...readUsable(document), ...read(document) };
  assert.deepEqual(
    faults.map(({ severity }) => severity),
    ['warning'],
  );
  assert.deepEqual(
    rules.map(({ name, kind, view, action }) => [name, kind, view, action.mode]),
    [
      ['check-image-signature', 'validate', 'object', 'enforce'],
      ['autogen-check-image-signature', 'validate', 'pod-template', 'enforce'],
      ['autogen-cronjob-check-image-signature', 'validate', 'pod-template', 'enforce'],
    ],
  );
  const [first] = rules;
  assert.ok(first?.kind === 'validate');
  assert.equal(first.message, 'Image must be signed.');
  assert.deepEqual(first.validation, {
    kind: 'pattern',
    pattern: { spec: { containers: [{ image: '*@sha256:*' }] } },
  });
});

test('readPolicy takes a policy that verifies a registry with a cosign key unchanged', () => {
  const [document] = objects(KEY_POLICY);
  assert.ok(document !== undefined);
  const { rules, failurePolicy, applyRules, emitWarning } = readUsable(document);
  assert.deepEqual(faultLines(document), []);
  assert.deepEqual([failurePolicy, applyRules, emitWarning], ['Fail', 'All', false]);
  assert.deepEqual(
    rules.map(({ name, kind }) => [name, kind]),
    [
      ['check-image', 'verify-images'],
      ['autogen-check-image', 'verify-images'],
      ['autogen-cronjob-check-image', 'verify-images'],
    ],
  );
});

const KINDS: readonly (readonly [string, string, string])[] = [
  [
    'policies.kyverno.io/v1',
    'PolicyException',
    'foreign kind: is for policies of other engines: nothing is exempted here',
  ],
  [
    'kyverno.io/v2',
    'ClusterCleanupPolicy',
    'foreign kind: not about image signatures, left to other engines',
  ],
  [
    'kyverno.io/v3',
    'ClusterPolicy',
    'error apiVersion: found "kyverno.io/v3", expected "kyverno.io/v1" or "kyverno.io/v2beta1"',
  ],
  [
    'kyverno.io/v1',
    'ClusterPolcy',
    'error kind: found "ClusterPolcy", did you mean "ClusterPolicy"?',
  ],
  [
    'policies.kyverno.io/v1',
    'ImageValidatingPolicy',
    'unsupported kind: policies of this kind are not supported yet and are not enforced',
  ],
  [
    'policies.kyverno.io/v1',
    'ValidatingPolicy',
    'foreign kind: not about image signatures, left to other engines',
  ],
  [
    'policy.sigstore.dev/v1beta1',
    'ClusterImagePolicy',
    'unsupported kind: policies of this kind are not supported yet and are not enforced',
  ],
  [
    'sign-policy.dev/v1alpha1',
    'Policy',
    'error kind: found "Policy", expected "ClusterSignPolicy" or "SignPolicy"',
  ],
];

for (const [apiVersion, kind, line] of KINDS) {
  test(`readPolicy says what becomes of ${apiVersion} ${kind}`, () => {
    const document = { ...policyDocument([rule()]), apiVersion, kind };
    assert.equal(read(document).policy, undefined);
    assert.deepEqual(faultLines(document), [line]);
  });
}

for (const document of [
  {},
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 1, kind: 'ClusterPolicy' },
]) {
  test(`readPolicy leaves alone ${JSON.stringify(document)}`, () => {
    assert.equal(readPolicy(document), undefined);
  });
}

const SCOPES: readonly (readonly [string, string, string | undefined, string | undefined])[] = [
  ['kyverno.io/v1', 'ClusterPolicy', undefined, undefined],
  ['kyverno.io/v2beta1', 'Policy', 'team', 'team'],
  ['kyverno.io/v1', 'Policy', undefined, 'default'],
  ['sign-policy.dev/v1alpha1', 'ClusterSignPolicy', undefined, undefined],
  ['sign-policy.dev/v1alpha1', 'SignPolicy', 'team', 'team'],
];

for (const [apiVersion, kind, written, namespace] of SCOPES) {
  test(`MNH-20 readPolicy gives ${apiVersion} ${kind} in ${written ?? 'no namespace'} its scope`, () => {
    const metadata = written === undefined ? { name: 'p' } : { name: 'p', namespace: written };
    const policy = readUsable({ ...policyDocument([rule()]), apiVersion, kind, metadata });
    assert.deepEqual([policy.apiVersion, policy.kind, policy.name], [apiVersion, kind, 'p']);
    assert.equal(policy.namespace, namespace);
  });
}

/** An entry that earns no warning in audit mode. */
const NO_PIN = entry({ mutateDigest: false });

test('readPolicy reports all faults at once, with their paths', () => {
  const document = {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { annotations: { a: 1 } },
    sepc: {},
    spec: {
      validationFailureAction: 'block',
      failurePolicy: 'fail',
      webhookTimeoutSeconds: 31,
      backgroud: true,
      rules: [
        rule({ name: 'x'.repeat(64), verifyImages: [NO_PIN], verfyImages: [] }),
        rule({ name: 'same', match: undefined, validate: { message: 'm' } }),
        rule({
          name: 'same',
          verifyImages: [],
          match: { any: [{ resources: { kinds: ['a b'] } }] },
        }),
        'rule',
        rule({ name: 'b', verifyImages: [{ ...NO_PIN, required: 'yes', imageReferences: [] }] }),
      ],
    },
  };
  assert.equal(read(document).policy, undefined);
  assert.deepEqual(faultLines(document), [
    'error metadata.name: missing, expected the name of the policy',
    'error metadata.annotations.a: found the number 1, expected a string',
    'error sepc: unknown field, did you mean "spec"?',
    'error spec.validationFailureAction: found "block", expected "Enforce", "Audit", "enforce" or "audit"',
    'error spec.failurePolicy: found "fail", expected "Fail" or "Ignore"',
    'error spec.webhookTimeoutSeconds: found the number 31, expected a whole number from 1 to 30',
    'error spec.rules[3]: found the string "rule", expected a mapping',
    'error spec.backgroud: unknown field, did you mean "background"?',
    'error spec.rules[2].name: found "same" twice, expected a name of its own for each rule',
    'error spec.rules[0].name: has 64 characters, expected at most 63',
    'error spec.rules[0].verfyImages: unknown field, did you mean "verifyImages"?',
    'error spec.rules[1]: found validate and verifyImages, expected exactly one of "validate", "verifyImages", "mutate" or "generate"',
    'error spec.rules[1].match: missing, expected "any", "all" or "resources"',
    'error spec.rules[2].verifyImages: found no entries, expected at least one',
    'warning spec.rules[2].match.any[0].resources.kinds: found "a b", which no kind of objects is: it selects nothing, as in Kyverno 1.19; write "Pod", "v1/Pod" or "apps/v1/Deployment", with "/subresource" where one is meant',
    'error spec.rules[4].verifyImages[0].imageReferences: found no pattern, expected at least one: the entry would verify nothing',
    'error spec.rules[4].verifyImages[0].required: found the string "yes", expected true or false',
  ]);
});

test('readPolicy takes null as absent, as the API server does', () => {
  const document = policyDocument([rule({ exclude: null, preconditions: null, context: null })], {
    failurePolicy: null,
    webhookConfiguration: null,
  });
  assert.deepEqual(faultLines(document), []);
});

const SPECS: readonly (readonly [string, JsonObject, readonly string[]])[] = [
  [
    'fields that mean nothing here',
    {
      background: true,
      schemaValidation: false,
      mutateExistingOnPolicyUpdate: false,
      generateExisting: false,
      useServerSideApply: true,
      admission: true,
      webhookConfiguration: { timeoutSeconds: 5, failurePolicy: 'Ignore', matchConditions: [] },
    },
    [],
  ],
  [
    'admission: false',
    { admission: false },
    ['warning spec.admission: is not honoured: rules that verify images always act at admission'],
  ],
  [
    'match conditions of the webhook',
    {
      webhookConfiguration: {
        matchConditions: [{ name: 'a', expression: "object.metadata.name != 'x'" }],
      },
    },
    [],
  ],
  [
    'match conditions that are none',
    {
      webhookConfiguration: {
        matchConditions: [
          { name: 'a', expression: '1 +' },
          { expression: 'true' },
          { name: 'c', expression: '1' },
        ],
      },
    },
    [
      'error spec.webhookConfiguration.matchConditions[0].expression: Cannot read CEL expression "1 +": found the end at 4',
      'error spec.webhookConfiguration.matchConditions[1].name: missing, expected a name',
      'error spec.webhookConfiguration.matchConditions[2].expression: found an expression of type int, expected true or false',
    ],
  ],
  [
    'namespace selectors in overrides',
    {
      validationFailureActionOverrides: [
        { action: 'Audit', namespaceSelector: { matchLabels: {} } },
      ],
    },
    [],
  ],
];

for (const [name, spec, lines] of SPECS) {
  test(`readPolicy knows of the spec: ${name}`, () => {
    assert.deepEqual(faultLines(policyDocument([rule()], spec)), lines);
  });
}

test('readPolicy lets webhookConfiguration.failurePolicy win over failurePolicy', () => {
  const spec = { failurePolicy: 'Fail', webhookConfiguration: { failurePolicy: 'Ignore' } };
  assert.equal(readUsable(policyDocument([rule()], spec)).failurePolicy, 'Ignore');
});

test('MNH-10 MNH-28 what the spec asks for and we cannot do makes every rule one that never passes', () => {
  const expression = "authorizer.group('').resource('pods').check('get').allowed()";
  const spec = { webhookConfiguration: { matchConditions: [{ name: 'a', expression }] } };
  const { rules } = readUsable(policyDocument([rule()], spec));
  assert.equal(rules.length, 3);
  for (const { kind } of rules) assert.equal(kind, 'unsupported');
});

/** What a rule may hold that is not supported yet; each must be named and must never pass. */
const UNSUPPORTED: readonly (readonly [string, JsonObject])[] = [
  ['celPreconditions', { celPreconditions: [{ name: 'a', expression: 'true' }] }],
  [
    'verifyImages[0].attestations[0].attestors',
    { verifyImages: [entry({ attestations: [{ type: 'x' }] })] },
  ],
  [
    'verifyImages[0].attestors[0].entries[0].keys.publicKeys',
    { verifyImages: [entry({ attestors: [keySet('https://a/b')] })] },
  ],
  [
    'validate.assert',
    { verifyImages: undefined, validate: { assert: { any: [{ check: { image: 'a' } }] } } },
  ],
  [
    'validate.cel.expressions[0].expression',
    {
      verifyImages: undefined,
      validate: { cel: { expressions: [{ expression: 'params.images.size() > 0' }] } },
    },
  ],
];

for (const [path, changes] of UNSUPPORTED) {
  test(`MNH-10 ${path} is reported as unsupported and its rule never passes: ${JSON.stringify(changes).slice(0, 80)}`, () => {
    const document = policyDocument([rule(changes)]);
    const paths = read(document)
      .faults.filter(({ severity }) => severity === 'unsupported')
      .map((fault) => fault.path);
    assert.ok(paths.includes(`spec.rules[0].${path}`), paths.join('\n'));
    const own = ownRule(document);
    assert.equal(own.kind, 'unsupported');
    assert.deepEqual(own.kind === 'unsupported' && own.faults.map((fault) => fault.path), paths);
  });
}

/** Rules for other engines: recognised, left out, and never an error. */
const FOREIGN: readonly (readonly [string, JsonObject])[] = [
  ['generate', { generate: { kind: 'ConfigMap', anything: 1 } }],
  ['mutate', { mutate: { patchStrategicMerge: {} } }],
  ['podSecurity', { validate: { podSecurity: { level: 'baseline' } } }],
  ['manifests', { validate: { manifests: { attestors: [] } } }],
  ['a pattern about labels', { validate: { pattern: { metadata: { labels: { app: '?*' } } } } }],
  [
    'a pattern about resources',
    { validate: { pattern: { spec: { containers: [{ resources: {} }] } } } },
  ],
  [
    'a pattern about pull policies',
    { validate: { pattern: { spec: { containers: [{ imagePullPolicy: 'Always' }] } } } },
  ],
  [
    'deny about labels',
    { validate: { deny: { conditions: [{ key: '{{ request.operation }}' }] } } },
  ],
  [
    'CEL about replicas',
    { validate: { cel: { expressions: [{ expression: 'object.spec.replicas < 5' }] } } },
  ],
];

for (const [name, changes] of FOREIGN) {
  test(`readPolicy leaves a rule with ${name} to other engines`, () => {
    const document = policyDocument([rule({ verifyImages: undefined, ...changes })]);
    assert.deepEqual(faultLines(document), [
      'foreign spec.rules[0]: rule "r" is not about images and left to other engines',
    ]);
    assert.deepEqual(readUsable(document).rules, []);
  });
}

const PATTERNS: readonly JsonObject[] = [
  { spec: { '=(initContainers)': [{ '(image)': '*:latest' }] } },
  { spec: { template: { spec: { containers: [{ '<(image)': 'a' }] } } } },
  { spec: { '=(volumes)': [{ '=(image)': { reference: '*@sha256:*' } }] } },
  { spec: { '^(ephemeralContainers)': [{ image: 'a' }] } },
  { spec: { steps: [{ image: 'ghcr.io/*' }] } },
];

for (const pattern of PATTERNS) {
  test(`readPolicy sees that ${JSON.stringify(pattern)} looks at images`, () => {
    const own = ownRule(policyDocument([rule({ verifyImages: undefined, validate: { pattern } })]));
    assert.equal(own.kind, 'validate');
  });
}

const PATTERN = { spec: { containers: [{ image: '*@*' }] } };

const VALIDATES: readonly (readonly [string, JsonObject, readonly string[]])[] = [
  [
    'no language',
    { message: 'm' },
    [
      'error spec.rules[0].validate: found none of them, expected exactly one of "pattern", "anyPattern", "deny", "foreach", "cel", "assert", "podSecurity" or "manifests"',
    ],
  ],
  [
    'two languages',
    { pattern: PATTERN, deny: {} },
    [
      'error spec.rules[0].validate: found pattern and deny, expected exactly one of "pattern", "anyPattern", "deny", "foreach", "cel", "assert", "podSecurity" or "manifests"',
    ],
  ],
  ['a variable in its message', { pattern: PATTERN, message: '{{ request.name }}' }, []],
  [
    'allowExistingViolations: false',
    { pattern: PATTERN, allowExistingViolations: false },
    [
      'warning spec.rules[0].validate.allowExistingViolations: has no effect yet: an update that changes no image passes where the object already was like that',
    ],
  ],
  [
    'a pattern that is a list',
    { pattern: [PATTERN] },
    ['error spec.rules[0].validate.pattern: expected a mapping with the fields of the object'],
  ],
  [
    'a leaf that is too long to match cheaply',
    { pattern: { spec: { containers: [{ image: '*a'.repeat(2100) }] } } },
    [
      'error spec.rules[0].validate.pattern.spec.containers[0].image: has more than 4096 characters, expected less',
    ],
  ],
  [
    'images by way of the context',
    { deny: { conditions: { any: [{ key: '{{ names }}', operator: 'Equals', value: 'a' }] } } },
    [],
  ],
];

for (const [name, validate, lines] of VALIDATES) {
  test(`a validate rule with ${name} is told`, () => {
    const context = [
      { name: 'names', variable: { jmesPath: 'request.object.spec.containers[].image' } },
    ];
    const about = name.includes('context') ? { context } : {};
    const document = policyDocument([rule({ verifyImages: undefined, validate, ...about })]);
    assert.deepEqual(faultLines(document), lines);
  });
}

test('readPolicy refuses the add anchor in a pattern', () => {
  const pattern = { spec: { containers: [{ image: 'a', '+(b)': 'c' }] } };
  assert.deepEqual(
    faultLines(policyDocument([rule({ verifyImages: undefined, validate: { pattern } })])),
    [
      'error spec.rules[0].validate.pattern.spec.containers[0]["+(b)"]: the anchor "+()" belongs to mutate rules, expected another',
    ],
  );
});

test('the hash follows what decides, not how it is written', () => {
  const hash = (document: JsonObject): string => readUsable(document).hash;
  const document = policyDocument([rule()]);
  assert.match(hash(document), /^[0-9a-f]{64}$/);
  const reordered = {
    ...document,
    spec: { rules: [rule()], validationFailureAction: 'enforce', background: false },
  };
  assert.equal(hash(reordered), hash(document));
  const others = [
    policyDocument([rule()], { failurePolicy: 'Ignore' }),
    policyDocument([rule()], { validationFailureAction: 'Audit' }),
    policyDocument([rule({ verifyImages: [entry({ attestors: [keySet(newKey())] })] })]),
    policyDocument([rule({ verifyImages: [entry({ required: false })] })]),
    policyDocument([rule({ exclude: { any: [{ resources: { namespaces: ['a'] } }] } })]),
  ];
  assert.equal(new Set([document, ...others].map(hash)).size, others.length + 1);
});

test('readPolicy refuses a document that is too deep, without exhausting the stack', () => {
  let deep: JsonObject = {};
  for (let level = 0; level < 200_000; level += 1) deep = { deep };
  const result = readPolicy({ ...policyDocument([]), spec: deep });
  assert.deepEqual(result, {
    policy: undefined,
    faults: [
      {
        severity: 'error',
        path: '',
        message: `is nested deeper than ${MAX_POLICY_DEPTH} levels, expected a policy`,
      },
    ],
  });
});

test('MNH-06 readPolicy turns any JSON into a policy or faults, never an exception', () => {
  const kinds = fc.constantFrom('ClusterPolicy', 'Policy');
  const json = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(kinds, json, (kind, spec) => {
      const result = readPolicy({
        apiVersion: 'kyverno.io/v1',
        kind,
        metadata: { name: 'p' },
        spec,
      });
      assert.ok(result !== undefined);
      assert.ok(
        result.policy !== undefined || result.faults.some(({ severity }) => severity === 'error'),
      );
    }),
  );
});

test('MNH-06 readPolicy survives any change at any place of a good policy', () => {
  const good = policyDocument([rule({ exclude: { all: [{ resources: { names: ['a'] } }] } })]);
  const paths = everyPath(good);
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 2 }), (path, value) => {
      const broken = structuredClone(good);
      let parent: Record<string, unknown> = broken;
      for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
      parent[path.at(-1) ?? ''] = value;
      const result = readPolicy(broken);
      assert.ok(
        result === undefined || result.policy !== undefined || result.faults.length > 0,
        JSON.stringify(broken),
      );
    }),
    { numRuns: 500 },
  );
});

function everyPath(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const below = isJsonObject(value) || Array.isArray(value) ? Object.entries(value) : [];
  return [
    ...(path.length === 0 ? [] : [path]),
    ...below.flatMap(([key, child]) => everyPath(child, [...path, key])),
  ];
}

const WRONG_FORMS: readonly (readonly [string, JsonObject, string])[] = [
  [
    'patterns',
    { imageReferences: 'a' },
    'imageReferences: found the string "a", expected a list of strings',
  ],
  [
    'signers',
    { attestors: [{ entries: 'a' }] },
    'attestors[0].entries: found the string "a", expected a list of mappings',
  ],
  [
    'a type',
    { attestations: [{ type: 3 }] },
    'attestations[0].type: found the number 3, expected a string',
  ],
];

for (const [what, changes, wanted] of WRONG_FORMS) {
  test(`readPolicy() tells of ${what} in a wrong form once, and not that nothing is there`, () => {
    const lines = faultLines(policyDocument([rule({ verifyImages: [entry(changes)] })]));
    const errors = lines.filter((line) => line.startsWith('error '));
    assert.deepEqual(errors, [`error spec.rules[0].verifyImages[0].${wanted}`]);
  });
}
