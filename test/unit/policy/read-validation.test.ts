import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { faultLines, policyDocument, readUsable, rule } from './sample-policy.ts';
import { yaml } from './validate/judge-sample.ts';

const AT = 'spec.rules[0].validate';

interface Row {
  readonly name: string;
  /** `validate`, as YAML. */
  readonly validate: string;
  readonly more?: JsonObject;
  /** `severity path: message`. */
  readonly lines: readonly string[];
}

const BOTH = '"pattern", "anyPattern", "deny" or "foreach"';
const LIST = 'list: request.object.spec.containers';

/** What is wrong with a rule, all of it at once. */
const ROWS: readonly Row[] = [
  {
    name: 'anyPattern that is no list',
    validate: 'anyPattern: { spec: { containers: [{ image: a }] } }',
    lines: [`error ${AT}.anyPattern: expected a list of at least one pattern`],
  },
  {
    name: 'anyPattern with a pattern that is no mapping',
    validate: "anyPattern: ['{{ images.a }}']",
    lines: [`error ${AT}.anyPattern[0]: expected a mapping with the fields of the object`],
  },
  {
    name: 'an anchor of mutate rules',
    validate: 'anyPattern: [{ spec: { containers: [{ +(image): a }] } }]',
    lines: [
      `error ${AT}.anyPattern[0].spec.containers[0]["+(image)"]: the anchor "+()" belongs to mutate rules, expected another`,
    ],
  },
  {
    name: 'an existence anchor without a list',
    validate: 'pattern: { spec: { ^(containers): { image: a } } }',
    lines: [
      `error ${AT}.pattern.spec["^(containers)"]: the anchor "^()" is for lists, expected a list of mappings`,
    ],
  },
  {
    name: 'an existence anchor with an empty list',
    validate: 'pattern: { spec: { ^(containers): [], initContainers: [{ image: a }] } }',
    lines: [
      `error ${AT}.pattern.spec["^(containers)"]: the anchor "^()" is for lists, expected a list of mappings`,
    ],
  },
  {
    name: 'an existence anchor with a list of texts',
    validate: 'pattern: { spec: { ^(args): [a], containers: [{ image: a }] } }',
    lines: [
      `error ${AT}.pattern.spec["^(args)"]: the anchor "^()" is for lists, expected a list of mappings`,
    ],
  },
  {
    name: 'what looks like an anchor and is none',
    validate: 'pattern: { spec: { ~(containers): [{ image: a }], containers: [{ image: a }] } }',
    lines: [
      `warning ${AT}.pattern.spec["~(containers)"]: is no anchor, so it is the name of a field; expected one of () <() =() X() ^()`,
    ],
  },
  {
    name: 'an anchor in the wrong case, and what is below it',
    validate: 'pattern: { spec: { x(volumes): { +(a): b }, containers: [{ image: a }] } }',
    lines: [
      `warning ${AT}.pattern.spec["x(volumes)"]: is no anchor, so it is the name of a field; expected one of () <() =() X() ^()`,
      `error ${AT}.pattern.spec["x(volumes)"]["+(a)"]: the anchor "+()" belongs to mutate rules, expected another`,
    ],
  },
  {
    name: 'a variable that is no expression',
    validate: "pattern: { spec: { containers: [{ image: '{{ request. }}' }] } }",
    lines: [`error ${AT}.pattern.spec.containers[0].image: `],
  },
  {
    name: 'a variable in the message that is no expression',
    validate: "{ message: 'a {{ b[ }}', pattern: { spec: { containers: [{ image: a }] } } }",
    lines: [`error ${AT}.message: `],
  },
  {
    name: 'an element outside of foreach',
    validate: "pattern: { spec: { containers: [{ image: '{{ element.image }}' }] } }",
    lines: [
      `error ${AT}.pattern.spec.containers[0].image: found the variable "element.image": it has a value only in a "foreach"`,
    ],
  },
  {
    name: 'an element in the conditions of a rule without foreach',
    validate:
      "deny: { conditions: { any: [{ key: '{{ images }}', operator: Equals, value: '{{ elementIndex0 }}' }] } }",
    lines: [
      `error ${AT}.deny.conditions.any[0].value: found the variable "elementIndex0": it has a value only in a "foreach"`,
    ],
  },
  {
    name: 'an element in the message of a foreach, which Kyverno refuses',
    validate: `{ message: '{{ element.image }}', foreach: [{ ${LIST}, pattern: { image: a } }] }`,
    lines: [
      `error ${AT}.message: found the variable "element.image": Kyverno refuses it here, write it in the message of a condition`,
    ],
  },
  {
    name: 'deny with a misspelt operator',
    validate:
      "deny: { conditions: { any: [{ key: '{{ images }}', operator: Equal5, value: a }] } }",
    lines: [`error ${AT}.deny.conditions.any[0].operator: found "Equal5", did you mean `],
  },
  {
    name: 'deny without conditions',
    validate: 'deny: {}',
    more: { context: [{ name: 'a', variable: { value: 'image' } }] },
    lines: [`warning ${AT}.deny: has no conditions, so everything that the rule is for is denied`],
  },
  {
    name: 'deny with an unknown field',
    validate: "deny: { condition: { any: [{ key: '{{ images }}' }] } }",
    lines: [
      `warning ${AT}.deny: has no conditions, so everything that the rule is for is denied`,
      `error ${AT}.deny.condition: unknown field, did you mean "conditions"?`,
    ],
  },
  {
    name: 'foreach without loops',
    validate: 'foreach: []',
    more: { context: [{ name: 'a', variable: { value: 'image' } }] },
    lines: [`error ${AT}.foreach: found no loops, expected at least one`],
  },
  {
    name: 'foreach that is no list',
    validate: `foreach: { ${LIST}, pattern: { image: a } }`,
    lines: [`error ${AT}.foreach: found a mapping, expected a list of mappings`],
  },
  {
    name: 'a loop without a list',
    validate: 'foreach: [{ pattern: { image: a } }]',
    lines: [
      `error ${AT}.foreach[0].list: missing, expected an expression such as "request.object.spec.containers"`,
    ],
  },
  {
    name: 'a list in braces',
    validate: "foreach: [{ list: '{{ request.object.spec.containers }}', pattern: { image: a } }]",
    lines: [
      `error ${AT}.foreach[0].list: found a variable, expected its expression without the braces`,
    ],
  },
  {
    name: 'a list that is no expression',
    validate: "foreach: [{ list: 'request.object.spec.containers[', pattern: { image: a } }]",
    lines: [`error ${AT}.foreach[0].list: `],
  },
  {
    name: 'a list with an unknown function',
    validate: "foreach: [{ list: 'image_list(request.object)', pattern: { image: a } }]",
    lines: [`error ${AT}.foreach[0].list: `],
  },
  {
    name: 'a list of a name that nothing gives',
    validate: 'foreach: [{ list: reqest.object.spec.containers, pattern: { image: a } }]',
    lines: [
      `warning ${AT}.foreach[0].list: nothing gives the variable "reqest" in "reqest.object.spec.containers", expected request, images, serviceAccountName, serviceAccountNamespace or a name of "context": the list is never there`,
    ],
  },
  {
    name: 'a list of a field that no request has',
    validate: 'foreach: [{ list: request.objct.spec.containers, pattern: { image: a } }]',
    lines: [
      `warning ${AT}.foreach[0].list: a request has no field "objct", did you mean "request.object"?: the list is never there`,
    ],
  },
  {
    name: 'lists that are there, and none that is an element outside of loops',
    validate: `
foreach:
  - { list: entries.images, pattern: { image: a } }
  - { list: element.images, pattern: { image: a } }
  - list: request.object.spec.containers
    context: [{ name: data, variable: { value: 1 } }]
    foreach: [{ list: '[element.image, data, images.a, elementIndex0]', pattern: { image: a } }]`,
    more: { context: [{ name: 'entries', variable: { value: {} } }] },
    lines: [
      `warning ${AT}.foreach[1].list: nothing gives the variable "element" in "element.images", expected request, images, serviceAccountName, serviceAccountNamespace, entries or a name of "context": the list is never there`,
    ],
  },
  {
    name: 'a loop without anything to judge by',
    validate: `foreach: [{ ${LIST}, context: [{ name: image, variable: { value: 1 } }] }]`,
    lines: [`error ${AT}.foreach[0]: found none of them, expected exactly one of ${BOTH}`],
  },
  {
    name: 'a loop with two things to judge by',
    validate: `foreach: [{ ${LIST}, pattern: { image: a }, deny: {} }]`,
    lines: [`error ${AT}.foreach[0]: found pattern and deny, expected exactly one of ${BOTH}`],
  },
  {
    name: 'a loop with CEL',
    validate: `foreach: [{ ${LIST}, cel: { expressions: [{ expression: "object.image == ''" }] } }]`,
    lines: [
      `error ${AT}.foreach[0]: found none of them, expected exactly one of ${BOTH}`,
      `error ${AT}.foreach[0].cel: unknown field`,
    ],
  },
  {
    name: 'an elementScope of a wrong type',
    validate: `foreach: [{ ${LIST}, elementScope: 'false', pattern: { image: a } }]`,
    lines: [
      `error ${AT}.foreach[0].elementScope: found the string "false", expected true or false`,
    ],
  },
  {
    name: 'several faults in loops in loops',
    validate: `
foreach:
  - ${LIST}
    contexts: []
    foreach:
      - { list: element.image, pattern: { +(a): b } }
      - { list: 'element.', deny: { conditions: { any: [{ key: a, operator: Eq, value: b }] } } }`,
    lines: [
      `error ${AT}.foreach[0].foreach[0].pattern["+(a)"]: the anchor "+()" belongs to mutate rules, expected another`,
      `error ${AT}.foreach[0].foreach[1].list: `,
      `error ${AT}.foreach[0].foreach[1].deny.conditions.any[0].operator: found "Eq"`,
      `error ${AT}.foreach[0].contexts: unknown field, did you mean "context"?`,
    ],
  },
  {
    name: 'CEL without expressions',
    validate: "cel: { variables: [{ name: a, expression: 'object.spec.containers[0].image' }] }",
    lines: [`error ${AT}.cel.expressions: found no expressions, expected at least one`],
  },
  {
    name: 'CEL that does not parse',
    validate: "cel: { expressions: [{ expression: 'object.spec.image ==' }] }",
    lines: [`error ${AT}.cel.expressions[0].expression: Cannot read CEL expression`],
  },
  {
    name: 'CEL that gives no truth',
    validate: `cel: { expressions: [{ expression: "'image'" }] }`,
    lines: [
      `error ${AT}.cel.expressions[0].expression: found an expression of type string, expected true or false`,
    ],
  },
  {
    name: 'CEL with a message that is no text',
    validate: `cel: { expressions: [{ expression: "object.image == ''", messageExpression: '1 + 1' }] }`,
    lines: [
      `error ${AT}.cel.expressions[0].messageExpression: found an expression of type int, expected a text`,
    ],
  },
  {
    name: 'CEL with a variable that has no name',
    validate: `cel: { variables: [{ name: a-b, expression: '1' }], expressions: [{ expression: "object.image == ''" }] }`,
    lines: [`error ${AT}.cel.variables[0].name: found "a-b", expected a name in CEL`],
  },
  {
    name: 'CEL with two variables of one name',
    validate: `cel: { variables: [{ name: a, expression: '1' }, { name: a, expression: '2' }], expressions: [{ expression: "object.image == ''" }] }`,
    lines: [`error ${AT}.cel.variables[1].name: found "a" twice, expected a name of its own`],
  },
  {
    name: 'CEL with an unknown field',
    validate: `cel: { expression: "object.image == ''", expressions: [{ expression: "object.image == ''", mesage: m }] }`,
    lines: [
      `error ${AT}.cel.expressions[0].mesage: unknown field, did you mean "message"?`,
      `error ${AT}.cel.expression: unknown field, did you mean "expressions"?`,
    ],
  },
  {
    name: 'CEL with what means nothing here',
    validate: `cel: { generate: true, auditAnnotations: [{ key: a, valueExpression: "'b'" }], expressions: [{ expression: "object.image == ''", reason: Invalid }] }`,
    lines: [
      `warning ${AT}.cel.generate: has no effect: the rule is evaluated here`,
      `warning ${AT}.cel.auditAnnotations: have no effect: nothing is written to the audit log`,
    ],
  },
  {
    name: 'CEL with parameters',
    validate: `cel: { paramKind: { apiVersion: v1, kind: ConfigMap }, paramRef: { name: a }, expressions: [{ expression: "object.image == ''" }] }`,
    lines: [
      `error ${AT}.cel.paramRef.parameterNotFoundAction: missing, expected "Allow" or "Deny"`,
    ],
  },
  {
    name: 'CEL with a kind of parameters, and none of them',
    validate: `cel: { paramKind: { apiVersion: v1, kind: ConfigMap }, expressions: [{ expression: "object.image == params.a" }] }`,
    lines: [`error ${AT}.cel.paramRef: missing, "paramKind" needs it`],
  },
  {
    name: 'CEL with parameters of no kind',
    validate: `cel: { paramRef: { name: a, parameterNotFoundAction: Deny }, expressions: [{ expression: "object.image == ''" }] }`,
    lines: [`error ${AT}.cel.paramKind: missing, "paramRef" needs it`],
  },
  {
    name: 'CEL with half a kind, and two ways to choose',
    validate: `cel: { paramKind: { kind: ConfigMap }, paramRef: { name: a, selector: {}, parameterNotFoundAction: Maybe }, expressions: [{ expression: "object.image == ''" }] }`,
    lines: [
      `error ${AT}.cel.paramKind: is not complete, expected "apiVersion" and "kind"`,
      `error ${AT}.cel.paramRef: found both, expected either "name" or "selector"`,
      `error ${AT}.cel.paramRef.parameterNotFoundAction: found "Maybe", expected "Allow" or "Deny"`,
    ],
  },
  {
    name: 'CEL preconditions of another language',
    validate: 'pattern: { spec: { containers: [{ image: a }] } }',
    more: { celPreconditions: [{ name: 'a', expression: 'true' }] },
    lines: ['error spec.rules[0].celPreconditions: is for "cel" rules only, write "preconditions"'],
  },
];

for (const { name, validate, more = {}, lines } of ROWS) {
  test(`readPolicy tells of ${name}`, () => {
    const found = faultLines(
      policyDocument([rule({ verifyImages: undefined, validate: yaml(validate), ...more })]),
    );
    // Where the words are another part's, the field is what counts.
    const shown = found.map((line, index) => line.slice(0, lines[index]?.length ?? line.length));
    assert.deepEqual(shown, lines, found.join('\n'));
  });
}

test('readPolicy refuses loops that are nested too deep', () => {
  let validate: JsonObject = { list: 'request.object.a', pattern: { image: 'a' } };
  for (let depth = 0; depth < 9; depth += 1)
    validate = { list: 'request.object.a', foreach: [validate] };
  const found = faultLines(
    policyDocument([rule({ verifyImages: undefined, validate: { foreach: [validate] } })]),
  );
  assert.equal(found.length, 1);
  assert.match(found[0] ?? '', /is nested too deep, expected at most 8 loops$/);
});

test('readPolicy lets our own kinds name the element in the message of a rule', () => {
  const validate = yaml(
    `{ message: '{{ element.image }}', foreach: [{ ${LIST}, pattern: { image: a } }] }`,
  );
  const document = {
    ...policyDocument([rule({ verifyImages: undefined, validate })]),
    apiVersion: 'sign-policy.dev/v1alpha1',
    kind: 'ClusterSignPolicy',
  };
  assert.deepEqual(faultLines(document), []);
});

/** Which rules are about images. */
const ABOUT: readonly (readonly [string, JsonObject, boolean])[] = [
  [
    'a pattern on a container’s image',
    { validate: yaml('pattern: { spec: { containers: [{ image: a }] } }') },
    true,
  ],
  [
    'a pattern on labels',
    { validate: yaml('pattern: { metadata: { labels: { image: a } } }') },
    false,
  ],
  [
    'a pattern on pull secrets',
    { validate: yaml("pattern: { spec: { imagePullSecrets: [{ name: '?*' }] } }") },
    false,
  ],
  [
    'a pattern on pull secrets for images of a registry',
    {
      validate: yaml("pattern: { spec: { imagePullSecrets: [{ name: '?*' }] } }"),
      preconditions: yaml(
        "all: [{ key: '{{ images.containers.*.registry }}', operator: AnyNotIn, value: ghcr.io }]",
      ),
    },
    true,
  ],
  [
    'a pattern that compares with images',
    {
      validate: yaml(
        "pattern: { metadata: { labels: { app: '{{ images.containers.c.name }}' } } }",
      ),
    },
    true,
  ],
  [
    'anyPattern on images',
    {
      validate: yaml(
        'anyPattern: [{ spec: { hostNetwork: true } }, { spec: { initContainers: [{ image: a }] } }]',
      ),
    },
    true,
  ],
  [
    'anyPattern on labels',
    { validate: yaml('anyPattern: [{ metadata: { labels: { a: b } } }]') },
    false,
  ],
  [
    'anyPattern on the volume image',
    { validate: yaml('anyPattern: [{ spec: { volumes: [{ image: { reference: a } }] } }]') },
    true,
  ],
  [
    'deny on images',
    {
      validate: yaml(
        "deny: { conditions: { any: [{ key: '{{ images }}', operator: Equals, value: a }] } }",
      ),
    },
    true,
  ],
  [
    'deny on labels',
    {
      validate: yaml(
        "deny: { conditions: { any: [{ key: '{{ request.object.metadata.labels.a }}', operator: Equals, value: a }] } }",
      ),
    },
    false,
  ],
  [
    'deny on the pull policy',
    {
      validate: yaml(
        "deny: { conditions: { any: [{ key: '{{ request.object.spec.containers[].imagePullPolicy }}', operator: AnyIn, value: a }] } }",
      ),
    },
    false,
  ],
  ['foreach on images', { validate: yaml(`foreach: [{ ${LIST}, pattern: { image: a } }]`) }, true],
  [
    'foreach on resources',
    {
      validate: yaml(
        `foreach: [{ ${LIST}, pattern: { resources: { limits: { memory: '?*' } } } }]`,
      ),
    },
    false,
  ],
  [
    'CEL on images',
    {
      validate: yaml(
        `cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image != '')" }] }`,
      ),
    },
    true,
  ],
  [
    'CEL on replicas',
    { validate: yaml("cel: { expressions: [{ expression: 'object.spec.replicas > 1' }] }") },
    false,
  ],
  [
    'podSecurity with images',
    {
      validate: yaml(
        "podSecurity: { level: restricted, exclude: [{ controlName: Seccomp, images: ['*'] }] }",
      ),
    },
    false,
  ],
  ['manifests', { validate: yaml('manifests: { attestors: [] }') }, false],
];

for (const [name, changes, isOurs] of ABOUT) {
  test(`readPolicy ${isOurs ? 'takes' : 'leaves to others'} a rule with ${name}`, () => {
    const { rules } = readUsable(policyDocument([rule({ verifyImages: undefined, ...changes })]));
    assert.equal(rules[0]?.kind, isOurs ? 'validate' : undefined);
  });
}
