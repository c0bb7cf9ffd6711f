import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { judge, said, validateRule, yaml } from './judge-sample.ts';

const POD = yaml(`
metadata: { name: p, namespace: shop, labels: { app: web, registry: eu.example } }
spec:
  hostNetwork: true
  containers:
    - { name: web, image: 'eu.example/web:1', imagePullPolicy: Always }
    - { name: log, image: 'eu.example/log:latest', imagePullPolicy: IfNotPresent }
  initContainers:
    - { name: init, image: 'eu.example/init:1', imagePullPolicy: IfNotPresent }
`);

interface Row {
  /** What the row shows. */
  readonly name: string;
  /** `validate`, as YAML. */
  readonly validate: string;
  /** `pass`, `skip`, the message of a failure, or `error CODE`. */
  readonly expected: string;
}

/** Kyverno 1.19. */
const ROWS: readonly Row[] = [
  // The order in which anchors and fields decide.
  {
    name: 'a () that holds: its siblings are judged',
    validate:
      "pattern: { spec: { containers: [{ (image): '*:latest', imagePullPolicy: Always }] } }",
    expected: 'validation error: rule r failed at path /spec/containers/1/imagePullPolicy/',
  },
  {
    name: 'a () that no element meets: skip',
    validate: "pattern: { spec: { containers: [{ (image): 'us.*', imagePullPolicy: Never }] } }",
    expected: 'skip',
  },
  {
    name: 'a () beside another that holds: skip all the same',
    validate:
      "pattern: { spec: { (hostNetwork): true, (hostPID): true, containers: [{ image: 'x' }] } }",
    expected: 'skip',
  },
  {
    name: 'a () that does not hold is decided before the = beside it fails',
    validate: "pattern: { spec: { (hostPID): true, =(containers): [{ image: 'x' }] } }",
    expected: 'skip',
  },
  {
    name: '=() whose elements all skip does not excuse the fields beside it while another anchor holds',
    validate: `
pattern:
  spec:
    =(initContainers): [{ (image): '*:latest', imagePullPolicy: Always }]
    =(ephemeralContainers): [{ image: 'eu.*' }]
    containers: [{ image: 'us.*' }]`,
    expected: 'validation error: rule r failed at path /spec/containers/0/image/',
  },
  {
    name: '=() whose elements all skip is a skip where no other anchor is left',
    validate: `
pattern:
  spec:
    =(initContainers): [{ (image): '*:latest', imagePullPolicy: Always }]
    containers: [{ image: 'us.*' }]`,
    expected: 'skip',
  },
  {
    name: '=() fails before a later anchor can skip',
    validate: `
pattern:
  spec:
    =(containers): [{ image: 'us.*' }]
    =(initContainers): [{ (image): '*:latest', imagePullPolicy: Always }]`,
    expected: 'validation error: rule r failed at path /spec/containers/0/image/',
  },
  {
    name: '<() inside =() ends the anchors around it',
    validate: `
pattern:
  spec:
    =(containers): [{ image: 'eu.*' }]
    =(initContainers): [{ <(image): '*:latest' }]
    hostNetwork: false`,
    expected: 'validation error: rule r failed at path /spec/hostNetwork/',
  },
  {
    name: '<() directly inside =() skips the mapping whatever its siblings say',
    validate:
      "pattern: { =(spec): { <(hostNetwork): false, containers: [{ image: 'us.*' }] }, =(metadata): { name: p } }",
    expected: 'skip',
  },
  {
    name: 'fields with anchors inside come before plain ones',
    validate: `
pattern:
  spec:
    automount: false
    containers: [{ (image): 'us.*', name: x }]`,
    expected: 'skip',
  },
  {
    name: 'of fields with anchors inside the last key comes first',
    validate: `
pattern:
  spec:
    containers: [{ (image): '*:latest', imagePullPolicy: Always }]
    initContainers: [{ (image): '*:latest', imagePullPolicy: Always }]`,
    expected: 'skip',
  },
  {
    name: '<() is judged after fields with anchors inside, whose failure stands',
    validate: `
pattern:
  spec:
    <(hostNetwork): false
    containers: [{ (image): '*:latest', imagePullPolicy: Always }]`,
    expected: 'validation error: rule r failed at path /spec/containers/1/imagePullPolicy/',
  },
  {
    name: '<() is judged before plain fields',
    validate: "pattern: { spec: { <(hostNetwork): false, containers: [{ image: 'us.*' }] } }",
    expected: 'skip',
  },
  {
    name: '<() of an absent field holds',
    validate: "pattern: { spec: { <(hostPID): true, containers: [{ image: 'us.*' }] } }",
    expected: 'validation error: rule r failed at path /spec/containers/0/image/',
  },
  {
    name: 'X() refuses presence',
    validate: "pattern: { spec: { X(hostNetwork): 'null', containers: [{ image: '*' }] } }",
    expected: 'validation error: rule r failed at path /spec/hostNetwork/',
  },
  {
    name: 'X() inside a list of containers',
    validate: "pattern: { spec: { containers: [{ X(securityContext): 'null', image: 'eu.*' }] } }",
    expected: 'pass',
  },
  {
    name: '^() wants one element, and an element that skips is none',
    validate: "pattern: { spec: { ^(containers): [{ (name): db, image: '*' }] } }",
    expected: 'validation error: rule r failed at path /spec/containers/',
  },
  {
    name: '^() with an element that fits',
    validate: "pattern: { spec: { ^(containers): [{ name: log, image: '*:latest' }] } }",
    expected: 'pass',
  },
  {
    name: 'spaces around an anchor do not count',
    validate:
      "pattern: { spec: { ' =(ephemeralContainers) ': [{ image: 'x' }], containers: [{ image: 'eu.*' }] } }",
    expected: 'pass',
  },

  // Messages.
  {
    name: 'the message comes first, with one full stop',
    validate: "{ message: Use the mirror, pattern: { spec: { containers: [{ image: 'us.*' }] } } }",
    expected: 'validation error: Use the mirror. rule r failed at path /spec/containers/0/image/',
  },
  {
    name: 'a full stop that is there is not doubled',
    validate:
      "{ message: Use the mirror., pattern: { spec: { containers: [{ image: 'us.*' }] } } }",
    expected: 'validation error: Use the mirror. rule r failed at path /spec/containers/0/image/',
  },
  {
    name: 'variables in the message are replaced',
    validate:
      "{ message: 'Not for {{ request.object.metadata.name }}', pattern: { spec: { containers: [{ image: 'us.*' }] } } }",
    expected: 'validation error: Not for p. rule r failed at path /spec/containers/0/image/',
  },
  {
    name: 'values that are no text are written as JSON',
    validate:
      "{ message: 'Labels {{ request.object.metadata.labels }}', pattern: { spec: { containers: [{ image: 'us.*' }] } } }",
    expected:
      'validation error: Labels {"app":"web","registry":"eu.example"}. rule r failed at path /spec/containers/0/image/',
  },
  {
    name: 'a message whose variables have no value is shown as written',
    validate:
      "{ message: 'Not {{ nobody.knows }}', pattern: { spec: { containers: [{ image: 'us.*' }] } } }",
    expected:
      'validation error: Not {{ nobody.knows }}. rule r failed at path /spec/containers/0/image/',
  },

  // Variables and references.
  {
    name: 'variables in a leaf are replaced first',
    validate:
      "pattern: { spec: { containers: [{ image: '{{ request.object.metadata.labels.registry }}/*' }] } }",
    expected: 'pass',
  },
  {
    name: 'a variable may bring operators along',
    validate: "pattern: { spec: { containers: [{ image: '{{ allowed }}' }] } }",
    expected: 'pass',
  },
  {
    name: 'a variable that is a whole leaf keeps its type',
    validate:
      "pattern: { spec: { hostNetwork: '{{ request.object.spec.hostNetwork }}', containers: [{ image: '*' }] } }",
    expected: 'pass',
  },
  {
    name: 'a variable in a key',
    validate:
      "pattern: { spec: { '{{ lists }}': [{ image: 'us.*' }], containers: [{ image: '*' }] } }",
    expected: 'validation error: rule r failed at path /spec/initContainers/0/image/',
  },
  {
    name: 'a variable without a value is an error, never a pass',
    validate: "pattern: { spec: { containers: [{ image: '{{ nobody.knows }}/*' }] } }",
    expected: 'error UNRESOLVED_VARIABLE',
  },
  {
    name: 'a default for a variable without a value',
    validate: `pattern: { spec: { containers: [{ image: "{{ request.object.metadata.annotations.mirror || 'eu.example' }}/*" }] } }`,
    expected: 'pass',
  },
  {
    name: 'a reference to another field of the pattern',
    validate: "pattern: { spec: { containers: [{ name: 'eu.*', image: '$(./../name)' }] } }",
    expected: 'validation error: rule r failed at path /spec/containers/0/name/',
  },
  {
    name: 'a reference to nothing is an error',
    validate: "pattern: { spec: { containers: [{ image: '$(./../nothing)' }] } }",
    expected: 'error UNRESOLVED_VARIABLE',
  },

  {
    name: 'a reference whose path names the place of another anyPattern',
    validate: `
anyPattern:
  - { spec: { containers: [{ image: '$(/1/spec/containers/0/image)' }] } }
  - { spec: { containers: [{ image: 'us.*' }] } }`,
    expected:
      'validation error: rule r[0] failed at path /spec/containers/0/image/ rule r[1] failed at path /spec/containers/0/image/',
  },
  {
    name: '{{ @ }} two steps down is the whole object, as in Kyverno 1.19',
    validate: "pattern: { spec: { hostNetwork: '{{ @ }}', containers: [{ image: '*' }] } }",
    expected: 'validation error: rule r failed at path /spec/hostNetwork/',
  },
  {
    name: '{{ @ }} in a list finds nothing',
    validate: "pattern: { spec: { containers: [{ image: '{{ @ }}' }] } }",
    expected: 'validation error: rule r failed at path /spec/containers/0/image/',
  },
  {
    name: '{{ @ }} in anyPattern leaves the place of the pattern out as well',
    validate: "anyPattern: [{ spec: { hostNetwork: '{{ @ }}', containers: [{ image: '*' }] } }]",
    expected: 'error UNRESOLVED_VARIABLE',
  },

  // anyPattern.
  {
    name: 'anyPattern: one that fits is enough',
    validate: `
anyPattern:
  - { spec: { containers: [{ image: 'us.*' }] } }
  - { spec: { containers: [{ image: 'eu.*' }] } }`,
    expected: 'pass',
  },
  {
    name: 'anyPattern: all that fail are named',
    validate: `
message: Known registries only
anyPattern:
  - { spec: { containers: [{ image: 'us.*' }] } }
  - { spec: { containers: [{ image: '!*:latest' }] } }`,
    expected:
      'validation error: Known registries only. rule r[0] failed at path /spec/containers/0/image/ rule r[1] failed at path /spec/containers/1/image/',
  },
  {
    name: 'anyPattern without a message',
    validate: "anyPattern: [{ spec: { containers: [{ image: 'us.*' }] } }]",
    expected: 'validation error: rule r[0] failed at path /spec/containers/0/image/',
  },
  {
    name: 'anyPattern: one that skips is none that fits',
    validate: `
anyPattern:
  - { spec: { containers: [{ (image): 'asia.*', name: x }] } }
  - { spec: { containers: [{ image: 'us.*' }] } }`,
    expected: 'validation error: rule r[1] failed at path /spec/containers/0/image/',
  },
  {
    name: 'anyPattern: all skip',
    validate: `
anyPattern:
  - { spec: { containers: [{ (image): 'asia.*', name: x }] } }
  - { spec: { (hostPID): true, containers: [{ image: 'us.*' }] } }`,
    expected: 'skip',
  },
  {
    name: 'anyPattern: skip and fit',
    validate: `
anyPattern:
  - { spec: { containers: [{ (image): 'asia.*', name: x }] } }
  - { spec: { containers: [{ image: 'eu.*' }] } }`,
    expected: 'pass',
  },
  {
    name: 'anyPattern: a variable without a value is an error though an earlier pattern fits',
    validate: `
anyPattern:
  - { spec: { containers: [{ image: 'eu.*' }] } }
  - { spec: { containers: [{ image: '{{ nobody.knows }}' }] } }`,
    expected: 'error UNRESOLVED_VARIABLE',
  },
];

for (const { name, validate, expected } of ROWS) {
  test(`evaluateValidation: ${name}`, () => {
    const values = { allowed: 'us.* | eu.* & !*:2', lists: 'initContainers' };
    assert.equal(said(validateRule(yaml(validate)), POD, { values }), expected);
  });
}

const POINTERS: readonly (readonly [string, JsonObject, string | undefined])[] = [
  [
    'a leaf',
    { pattern: { spec: { containers: [{ image: 'us.*' }] } } },
    '/spec/containers/0/image',
  ],
  [
    'anyPattern, all at one place',
    { anyPattern: [{ spec: { containers: [{ image: 'us.*' }] } }] },
    '/spec/containers/0/image',
  ],
  [
    'anyPattern, at different places',
    {
      anyPattern: [
        { spec: { containers: [{ image: 'us.*' }] } },
        { spec: { containers: [{ image: '!*:latest' }] } },
      ],
    },
    undefined,
  ],
];

for (const [name, validate, expected] of POINTERS) {
  test(`evaluateValidation points to the field that fails: ${name}`, () => {
    const outcome = judge(validateRule(validate), POD);
    assert.equal(outcome.kind === 'fail' ? outcome.pointer : outcome.kind, expected);
  });
}

test('evaluateValidation writes paths of a template as they are in the workload', () => {
  const own = validateRule({ pattern: { spec: { containers: [{ image: 'us.*' }] } } });
  const outcome = judge(own, POD, { pointer: '/spec/template' });
  assert.deepEqual(outcome, {
    kind: 'fail',
    message: 'validation error: rule r failed at path /spec/template/spec/containers/0/image/',
    pointer: '/spec/template/spec/containers/0/image',
    details: [],
  });
});

test('a pattern made of the requester’s own text costs no more than the budget', () => {
  const own = validateRule({
    pattern: { spec: { containers: [{ image: '{{ request.object.metadata.annotations.a }}' }] } },
  });
  const object = {
    metadata: { annotations: { a: '*a'.repeat(50_000) } },
    spec: { containers: [{ image: 'a'.repeat(100_000) }] },
  };
  assert.equal(said(own, object), 'error TOO_EXPENSIVE');
});

const PASSED: readonly (readonly [string, string])[] = [
  ["pattern: { spec: { containers: [{ image: '*' }] } }", "validation rule 'r' passed."],
  [
    "anyPattern: [{ spec: { containers: [{ image: 'us.*' }] } }, { spec: { containers: [{ image: '*' }] } }]",
    "validation rule 'r' anyPattern[1] passed.",
  ],
  [
    "deny: { conditions: { any: [{ key: '{{ request.object.spec.containers[].image }}', operator: AnyIn, value: 'us.*' }] } }",
    "validation rule 'r' passed.",
  ],
  ["foreach: [{ list: request.object.spec.containers, pattern: { image: '*' } }]", 'rule passed'],
  [
    `cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image != '')" }] }`,
    "Validation rule 'r' passed.",
  ],
];

for (const [validate, expected] of PASSED) {
  test(`evaluateValidation says that an object passes in Kyverno’s words: ${validate.slice(0, 12)}`, () => {
    assert.deepEqual(judge(validateRule(yaml(validate)), POD), { kind: 'pass', message: expected });
  });
}
