import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, said, validateRule, yaml } from './judge-sample.ts';

const POD = yaml(`
metadata: { name: p, namespace: shop }
spec:
  containers:
    - { name: web, image: 'eu.example/web:1' }
    - { name: log, image: 'us.example/log:latest' }
`);

interface Row {
  readonly name: string;
  /** `validate`, as YAML. */
  readonly validate: string;
  /** Further fields of the rule, as YAML. */
  readonly rule?: string;
  readonly expected: string;
}

/** Kyverno 1.19, and Kubernetes' ValidatingAdmissionPolicy. */
const ROWS: readonly Row[] = [
  {
    name: 'true for all containers',
    validate: `cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image.contains(':'))" }] }`,
    expected: 'pass',
  },
  {
    name: 'false: the message of the expression',
    validate: `cel: { expressions: [{ expression: "object.spec.containers.all(c, !c.image.endsWith(':latest'))", message: ' No latest ' }] }`,
    expected: 'No latest',
  },
  {
    name: 'false: else the message of the rule',
    validate: `{ message: Of the rule, cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image == '')" }] } }`,
    expected: 'Of the rule',
  },
  {
    name: 'false: else the expression itself',
    validate: `cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image == '')" }] }`,
    expected: "failed expression: object.spec.containers.all(c, c.image == '')",
  },
  {
    name: 'false: the message that an expression makes comes first',
    validate: `cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image == '')", message: m, messageExpression: "'not ' + object.spec.containers[0].image" }] }`,
    expected: 'not eu.example/web:1',
  },
  {
    name: 'false: a message that cannot be made is passed over',
    validate: `cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image == '')", message: m, messageExpression: "'not ' + object.spec.nothing" }] }`,
    expected: 'm',
  },
  {
    name: 'false: a message of several lines is passed over',
    validate: `cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image == '')", message: m, messageExpression: '"a\\nb"' }] }`,
    expected: 'm',
  },
  {
    name: 'false: an empty message is passed over',
    validate: `cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image == '')", message: m, messageExpression: '" "' }] }`,
    expected: 'm',
  },
  {
    name: 'several expressions: the first that is not true decides',
    validate: `cel: { expressions: [{ expression: "object.spec.containers[0].image.startsWith('eu.')", message: a }, { expression: "object.spec.containers[1].image.startsWith('eu.')", message: b }, { expression: 'false', message: c }] }`,
    expected: 'b',
  },
  {
    name: 'an expression on a field that is not there is a refusal',
    validate: `cel: { expressions: [{ expression: "object.spec.initContainers.all(c, c.image != '')" }] }`,
    expected:
      "expression 'object.spec.initContainers.all(c, c.image != '')' resulted in error: Cannot evaluate CEL expression \"object.spec.initContainers.all(c, c.image != '')\": No such key: initContainers",
  },
  {
    name: 'has() asks first',
    validate: `cel: { expressions: [{ expression: "!has(object.spec.initContainers) || object.spec.initContainers.all(c, c.image != '')" }] }`,
    expected: 'pass',
  },
  {
    name: 'optional fields',
    validate: `cel: { expressions: [{ expression: "object.spec.?initContainers.orValue([]).all(c, c.image != '')" }] }`,
    expected: 'pass',
  },
  {
    name: 'variables, one made of another',
    validate: `cel: { variables: [{ name: all, expression: 'object.spec.containers' }, { name: images, expression: 'variables.all.map(c, c.image)' }], expressions: [{ expression: "variables.images.all(i, i.startsWith('eu.'))", message: m }] }`,
    expected: 'm',
  },
  {
    name: 'a variable that fails and is not used does no harm',
    validate: `cel: { variables: [{ name: gone, expression: 'object.spec.initContainers' }], expressions: [{ expression: "object.spec.containers[0].image != ''" }] }`,
    expected: 'pass',
  },
  {
    name: 'a variable that fails is not one that is not there',
    validate: `cel: { variables: [{ name: gone, expression: 'object.spec.initContainers' }], expressions: [{ expression: "!has(variables.gone) && object.spec.containers[0].image != ''" }] }`,
    expected:
      "expression '!has(variables.gone) && object.spec.containers[0].image != ''' resulted in error: Cannot evaluate CEL expression \"!has(variables.gone) && object.spec.containers[0].image != ''\": No such key: gone",
  },
  {
    name: 'a variable that JSON has no word for',
    validate: `cel: { variables: [{ name: limit, expression: "quantity('2Gi')" }], expressions: [{ expression: "variables.limit.isLessThan(quantity('1Gi')) || object.spec.containers[0].image == ''", message: m }] }`,
    expected: 'm',
  },
  {
    name: 'the request',
    validate: `cel: { expressions: [{ expression: "request.operation == 'CREATE' && object.spec.containers[0].image == ''", message: m }] }`,
    expected: 'm',
  },
  {
    name: 'on CREATE there is no old object',
    validate: `cel: { expressions: [{ expression: 'oldObject == null || oldObject.spec.containers[0].image != ""' }] }`,
    expected: 'pass',
  },
  {
    name: 'the namespace',
    validate: `cel: { expressions: [{ expression: "namespaceObject.metadata.labels.images != 'any'", message: m }] }`,
    expected: 'm',
  },
  {
    name: 'regular expressions',
    validate: `cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image.matches('^(eu|us)[.]example/'))" }] }`,
    expected: 'pass',
  },
  {
    name: 'preconditions that hold',
    rule: `celPreconditions: [{ name: pods, expression: "object.metadata.name == 'p'" }]`,
    validate: `cel: { expressions: [{ expression: "object.spec.containers[0].image == ''", message: m }] }`,
    expected: 'm',
  },
  {
    name: 'preconditions that do not hold',
    rule: `celPreconditions: [{ name: pods, expression: "object.metadata.name == 'q'" }]`,
    validate: `cel: { expressions: [{ expression: "object.spec.containers[0].image == ''", message: m }] }`,
    expected: 'skip',
  },
  {
    name: 'a precondition that does not hold counts whatever is wrong with another',
    rule: `celPreconditions: [{ name: wrong, expression: 'object.nothing.a == 1' }, { name: pods, expression: 'false' }]`,
    validate: `cel: { expressions: [{ expression: "object.spec.containers[0].image == ''", message: m }] }`,
    expected: 'skip',
  },
  {
    name: 'a precondition that cannot be evaluated is a refusal',
    rule: `celPreconditions: [{ name: wrong, expression: 'object.nothing.a == 1' }]`,
    validate: `cel: { expressions: [{ expression: "object.spec.containers[0].image != ''" }] }`,
    expected:
      'precondition "wrong": Cannot evaluate CEL expression "object.nothing.a == 1": No such key: nothing',
  },
];

for (const { name, validate, rule, expected } of ROWS) {
  test(`evaluateValidation: CEL: ${name}`, () => {
    const own = validateRule(yaml(validate), rule === undefined ? {} : yaml(rule));
    const values = { namespaceObject: { metadata: { labels: { images: 'any' } } } };
    assert.equal(said(own, POD, { values }), expected);
  });
}

const OF_THE_NAMESPACE: readonly (readonly [string, string])[] = [
  ["namespaceObject.metadata.name == 'default' && object.spec.containers[0].image != ''", 'pass'],
  ["namespaceObject.metadata.name != 'default' || object.spec.containers[0].image == ''", 'm'],
  [
    "!has(namespaceObject.metadata.labels) || object.spec.containers[0].image == ''",
    'error UNRESOLVED_VARIABLE',
  ],
  ["namespaceObject == null || object.spec.containers[0].image == ''", 'error UNRESOLVED_VARIABLE'],
];

for (const [expression, expected] of OF_THE_NAMESPACE) {
  test(`evaluateValidation: CEL: where only the name of the namespace is known: ${expression}`, () => {
    const own = validateRule({ cel: { expressions: [{ expression, message: 'm' }] } });
    assert.equal(said(own, POD), expected);
  });
}

test('evaluateValidation: CEL: what was evaluated is told', () => {
  const own = validateRule(
    yaml(
      `cel: { expressions: [{ expression: "object.spec.containers[0].image == ''", message: m }] }`,
    ),
  );
  const outcome = judge(own, POD);
  assert.deepEqual(outcome.kind === 'fail' && outcome.details, [
    "expression: object.spec.containers[0].image == ''",
  ]);
});

test('evaluateValidation: CEL: what costs too much is an error, never a pass', () => {
  const all = '.all(c, object.spec.containers';
  const own = validateRule({
    cel: {
      expressions: [
        { expression: `object.spec.containers${all}${all}${all}.all(c, c.image != '')))) || true` },
      ],
    },
  });
  const containers = Array.from({ length: 200 }, () => ({ image: 'a' }));
  assert.equal(said(own, { spec: { containers } }), 'error TOO_EXPENSIVE');
});
