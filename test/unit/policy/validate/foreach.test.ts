import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '#shared/base/json-value.ts';
import { FixedScope } from '#shared/condition/fixed-scope.ts';
import { PendingEntry } from '#shared/condition/scope.ts';
import { judge, pod, said, validateRule, yaml } from './judge-sample.ts';

const POD = yaml(`
metadata: { name: p }
spec:
  serviceAccountName: robot
  containers:
    - { name: web, image: 'eu.example/web:1', ports: [{ containerPort: 80 }, { containerPort: 8080 }] }
    - { name: log, image: 'us.example/log:latest' }
  initContainers: []
  nodeSelector: { zone: a }
`);

interface Row {
  readonly name: string;
  readonly validate: string;
  readonly expected: string;
}

const CONTAINERS = 'list: request.object.spec.containers';

/** Kyverno 1.19. */
const ROWS: readonly Row[] = [
  // deny.
  {
    name: 'deny: conditions that hold are a refusal, in the author’s words alone',
    validate: `
message: No robots with images from the US
deny: { conditions: { all: [{ key: '{{ request.object.spec.containers[].image }}', operator: AnyIn, value: 'us.*' }] } }`,
    expected: 'No robots with images from the US',
  },
  {
    name: 'deny: conditions that do not hold pass',
    validate:
      "deny: { conditions: { all: [{ key: '{{ request.object.spec.containers[].image }}', operator: AnyIn, value: 'asia.*' }] } }",
    expected: 'pass',
  },
  {
    name: 'deny: without any message',
    validate:
      "deny: { conditions: { any: [{ key: '{{ request.object.spec.containers[0].image }}', operator: Equals, value: 'eu.*' }] } }",
    expected: 'validation error: rule r failed',
  },
  {
    name: 'deny: messages of conditions follow that of the rule',
    validate: `
message: Refused
deny: { conditions: { any: [{ key: '{{ request.object.spec.containers[0].image }}', operator: Equals, value: 'eu.*', message: 'for {{ request.object.spec.serviceAccountName }}' }] } }`,
    expected: 'Refused; for robot',
  },
  {
    name: 'deny: any of several',
    validate: `
message: m
deny:
  conditions:
    any:
      - { key: '{{ request.object.spec.containers[0].image }}', operator: Equals, value: 'us.*' }
      - { key: '{{ request.object.spec.containers[1].image }}', operator: Equals, value: 'us.*' }`,
    expected: 'm',
  },
  {
    name: 'deny: all of several',
    validate: `
message: m
deny:
  conditions:
    all:
      - { key: '{{ request.object.spec.containers[0].image }}', operator: Equals, value: 'us.*' }
      - { key: '{{ request.object.spec.containers[1].image }}', operator: Equals, value: 'us.*' }`,
    expected: 'pass',
  },
  {
    name: 'deny: a plain list means all',
    validate: `
message: m
deny:
  conditions:
    - { key: '{{ request.object.spec.containers[0].image }}', operator: Equals, value: 'eu.*' }
    - { key: '{{ request.object.spec.containers[1].image }}', operator: Equals, value: 'us.*' }`,
    expected: 'm',
  },
  {
    name: 'deny: none of no conditions holds',
    validate:
      "deny: { conditions: { any: [], all: [{ key: '{{ request.object.spec.containers[0].image }}', operator: Equals, value: 'eu.*' }] } }",
    expected: 'pass',
  },
  {
    name: 'deny: a variable without a value is an error, never a pass',
    validate:
      "deny: { conditions: { any: [{ key: '{{ images.nothing }}', operator: Equals, value: 'a' }] } }",
    expected: 'error UNRESOLVED_VARIABLE',
  },
  {
    name: 'deny: a function on a wrong type is an error, never a pass',
    validate:
      "deny: { conditions: { any: [{ key: '{{ to_upper(request.object.spec.containers) }}', operator: Equals, value: 'image' }] } }",
    expected: 'error INVALID_ARGUMENT',
  },

  // Lists.
  {
    name: 'foreach: every element is judged, the first that fails is told',
    validate: `{ message: Mirror, foreach: [{ ${CONTAINERS}, pattern: { image: 'eu.*' } }] }`,
    expected: 'validation failure: validation error: Mirror. rule r failed at path /image/',
  },
  {
    name: 'foreach: all fit',
    validate: `foreach: [{ ${CONTAINERS}, pattern: { image: '*:*' } }]`,
    expected: 'pass',
  },
  {
    name: 'foreach: a list that is not there is skipped',
    validate: `foreach: [{ list: request.object.spec.ephemeralContainers, pattern: { image: 'x' } }]`,
    expected: 'skip',
  },
  {
    name: 'foreach: an empty list says nothing',
    validate: `foreach: [{ list: request.object.spec.initContainers, pattern: { image: 'x' } }]`,
    expected: 'skip',
  },
  {
    name: 'foreach: a list that is not there beside one that fits',
    validate: `foreach: [{ list: request.object.spec.ephemeralContainers, pattern: { image: 'x' } }, { ${CONTAINERS}, pattern: { image: '*' } }]`,
    expected: 'pass',
  },
  {
    name: 'foreach: a list that is not there beside one that fails',
    validate: `foreach: [{ list: request.object.spec.ephemeralContainers, pattern: { image: 'x' } }, { ${CONTAINERS}, pattern: { image: 'x' } }]`,
    expected: 'validation failure: validation error: rule r failed at path /image/',
  },
  {
    name: 'foreach: a null list has nothing to judge',
    validate: "foreach: [{ list: 'request.object.spec.containers[9]', pattern: { image: 'x' } }]",
    expected: 'skip',
  },
  {
    name: 'foreach: null elements are left out',
    validate:
      "foreach: [{ list: '[`null`, request.object.spec.containers[0]]', pattern: { image: 'eu.*' } }]",
    expected: 'pass',
  },
  {
    name: 'foreach: several lists in one, one of which is not there',
    validate:
      "foreach: [{ list: 'request.object.spec.[initContainers, ephemeralContainers, containers][]', pattern: { image: 'eu.*' } }]",
    expected: 'validation failure: validation error: rule r failed at path /image/',
  },
  {
    name: 'foreach: one value that is no list is judged like a list of it',
    validate:
      "foreach: [{ list: 'request.object.spec.containers[0]', pattern: { image: 'us.*' } }]",
    expected: 'validation failure: validation error: rule r failed at path /image/',
  },
  {
    name: 'foreach: a list that cannot be evaluated is an error',
    validate:
      "foreach: [{ list: 'keys(request.object.spec.containers)', pattern: { image: 'x' } }]",
    expected: 'error INVALID_ARGUMENT',
  },
  {
    name: 'foreach: and is not forgotten because another list fits, unlike in Kyverno',
    validate: `foreach: [{ list: 'keys(request.object.spec.containers)', pattern: { image: 'x' } }, { ${CONTAINERS}, pattern: { image: '*' } }]`,
    expected: 'error INVALID_ARGUMENT',
  },
  {
    name: 'foreach: but a refusal by another list is one',
    validate: `{ message: m, foreach: [{ list: 'keys(request.object.spec.containers)', pattern: { image: 'x' } }, { ${CONTAINERS}, pattern: { image: 'x' } }] }`,
    expected: 'validation failure: validation error: m. rule r failed at path /image/',
  },
  {
    name: 'foreach: the first loop that fails decides',
    validate: `foreach: [{ ${CONTAINERS}, pattern: { name: w* } }, { ${CONTAINERS}, pattern: { image: 'x' } }]`,
    expected: 'validation failure: validation error: rule r failed at path /name/',
  },

  // Elements.
  {
    name: 'foreach: element and elementIndex',
    validate: `
foreach:
  - ${CONTAINERS}
    deny: { conditions: { all: [{ key: '{{ element.name }}-{{ elementIndex }}', operator: Equals, value: log-1, message: 'image {{ element.image }} is number {{ elementIndex }}' }] } }`,
    expected: 'validation failure: image us.example/log:latest is number 1',
  },
  {
    name: 'foreach: deny inside',
    validate: `{ message: m, foreach: [{ ${CONTAINERS}, deny: { conditions: { any: [{ key: '{{ element.image }}', operator: Equals, value: 'us.*' }] } } }] }`,
    expected: 'validation failure: m',
  },
  {
    name: 'foreach: anyPattern inside',
    validate: `foreach: [{ ${CONTAINERS}, anyPattern: [{ image: 'eu.*' }, { name: web }] }]`,
    expected:
      'validation failure: validation error: rule r[0] failed at path /image/ rule r[1] failed at path /name/',
  },
  {
    name: 'foreach: an element that its anchor skips is not judged',
    validate: `foreach: [{ ${CONTAINERS}, pattern: { (image): 'eu.*', name: web } }]`,
    expected: 'pass',
  },
  {
    name: 'foreach: where all elements skip nothing was judged',
    validate: `foreach: [{ ${CONTAINERS}, pattern: { (image): 'asia.*', name: web } }]`,
    expected: 'skip',
  },
  {
    name: 'foreach: variables in patterns are those of the element',
    validate: `foreach: [{ ${CONTAINERS}, pattern: { image: '*/{{ element.name }}:1' } }]`,
    expected: 'validation failure: validation error: rule r failed at path /image/',
  },
  {
    name: 'foreach: elements that are no mappings are not what patterns are for',
    validate:
      "foreach: [{ list: 'request.object.spec.containers[].image', pattern: { spec: { serviceAccountName: robot } } }]",
    expected: 'pass',
  },
  {
    name: 'foreach: elementScope false: patterns are for the object',
    validate: `foreach: [{ ${CONTAINERS}, elementScope: false, pattern: { spec: { containers: [{ image: 'eu.*' }] } } }]`,
    expected:
      'validation failure: validation error: rule r failed at path /spec/containers/1/image/',
  },
  {
    name: 'foreach: elementScope true with elements that are no mappings is an error',
    validate:
      "foreach: [{ list: 'request.object.spec.containers[].image', elementScope: true, pattern: { image: x } }]",
    expected: 'error INVALID_ARGUMENT',
  },
  {
    name: 'foreach: deny does not mind the scope',
    validate:
      "{ message: m, foreach: [{ list: 'request.object.spec.containers[].image', deny: { conditions: { any: [{ key: '{{ element }}', operator: Equals, value: 'us.*' }] } } }] }",
    expected: 'validation failure: m',
  },

  // Preconditions.
  {
    name: 'foreach: elements that do not meet the preconditions are not judged',
    validate: `
foreach:
  - ${CONTAINERS}
    preconditions: { all: [{ key: '{{ element.name }}', operator: Equals, value: web }] }
    pattern: { image: 'eu.*' }`,
    expected: 'pass',
  },
  {
    name: 'foreach: where no element meets them nothing was judged',
    validate: `
foreach:
  - ${CONTAINERS}
    preconditions: { all: [{ key: '{{ element.name }}', operator: Equals, value: db }] }
    pattern: { image: 'x' }`,
    expected: 'skip',
  },
  {
    name: 'foreach: preconditions on a field that an element lacks leave it out',
    validate: `
foreach:
  - ${CONTAINERS}
    preconditions: { all: [{ key: '{{ element.ports[0].containerPort }}', operator: GreaterThan, value: 0 }] }
    pattern: { image: 'eu.*' }`,
    expected: 'pass',
  },
  {
    name: 'foreach: preconditions that cannot be evaluated are an error, unlike in Kyverno',
    validate: `
foreach:
  - ${CONTAINERS}
    preconditions: { all: [{ key: '{{ to_upper(element) }}', operator: Equals, value: image }] }
    pattern: { image: 'eu.*' }`,
    expected: 'error INVALID_ARGUMENT',
  },

  // Loops in loops.
  {
    name: 'foreach: nested, each loop with its own element',
    validate: `
foreach:
  - ${CONTAINERS}
    foreach:
      - list: element.ports
        deny: { conditions: { all: [{ key: '{{ element0.image }}:{{ element1.containerPort }}:{{ element.containerPort }}', operator: Equals, value: 'eu.example/web:1:8080:8080', message: '{{ elementIndex0 }}.{{ elementIndex1 }}.{{ elementIndex }}' }] } }`,
    expected: 'validation failure: validation failure: 0.1.1',
  },
  {
    name: 'foreach: nested patterns are for the inner element',
    validate: `foreach: [{ ${CONTAINERS}, foreach: [{ list: element.ports, pattern: { containerPort: '<1000' } }, { list: '[element.image]', pattern: { name: '*' } }] }]`,
    expected:
      'validation failure: validation failure: validation error: rule r failed at path /containerPort/',
  },
  {
    name: 'foreach: inner elements that are no mappings leave patterns to the outer element',
    validate: `foreach: [{ ${CONTAINERS}, foreach: [{ list: '[element.image]', pattern: { name: web } }] }]`,
    expected:
      'validation failure: validation failure: validation error: rule r failed at path /name/',
  },
  {
    name: 'foreach: nothing in an inner loop does not count as judged',
    validate: `foreach: [{ ${CONTAINERS}, foreach: [{ list: element.volumeMounts, pattern: { image: x } }] }]`,
    expected: 'skip',
  },
  {
    name: 'foreach: names of an inner loop end with it',
    validate: `
foreach:
  - ${CONTAINERS}
    foreach: [{ list: element.ports, pattern: { containerPort: '*' } }]
  - ${CONTAINERS}
    deny: { conditions: { all: [{ key: "{{ element1 || 'image gone' }}", operator: Equals, value: image gone }] } }`,
    expected: 'validation failure: validation error: rule r failed',
  },
];

for (const { name, validate, expected } of ROWS) {
  test(`evaluateValidation: ${name}`, () => {
    assert.equal(said(validateRule(yaml(validate)), POD), expected);
  });
}

test('evaluateValidation tells which element it was, what was compared, and points to its image', () => {
  const own = validateRule(
    yaml(
      `foreach: [{ ${CONTAINERS}, deny: { conditions: { any: [{ key: '{{ element.image }}', operator: Equals, value: 'us.*' }] } } }]`,
    ),
  );
  const outcome = judge(own, POD);
  assert.deepEqual(outcome.kind === 'fail' && [outcome.pointer, ...outcome.details], [
    '/spec/containers/1/image',
    'foreach[0] element 1: {"name":"log","image":"us.example/log:latest"}',
    'spec.rules[0].validate.foreach[0].deny.conditions.any[0]: "us.example/log:latest" Equals "us.*"',
  ]);
});

test('evaluateValidation points to the field of the element that does not fit', () => {
  const own = validateRule(yaml(`foreach: [{ ${CONTAINERS}, pattern: { image: 'eu.*' } }]`));
  const outcome = judge(own, POD, { pointer: '/spec/template' });
  assert.equal(
    outcome.kind === 'fail' && outcome.pointer,
    '/spec/template/spec/containers/1/image',
  );
});

test('evaluateValidation names an element inside an element with all its loops', () => {
  const own = validateRule(
    yaml(
      `foreach: [{ ${CONTAINERS}, foreach: [{ list: element.ports, pattern: { containerPort: '<1000', image: 'null' } }] }]`,
    ),
  );
  const outcome = judge(own, POD);
  assert.deepEqual(outcome.kind === 'fail' && outcome.details, [
    'foreach[0] element 0, foreach[0] element 0: {"containerPort":80}',
  ]);
});

const WITH_CONTEXT = `
message: 'built from {{ base }}'
foreach:
  - ${CONTAINERS}
    context: [{ name: base, imageRegistry: { reference: '{{ element.image }}' } }]
    deny: { conditions: { all: [{ key: '{{ base }}', operator: Equals, value: bad }] } }`;

test('evaluateValidation declares the context of a loop anew for each element, under a name of its own', () => {
  const turns: string[] = [];
  const own = validateRule(yaml(WITH_CONTEXT), {});
  const outcome = said(own, POD, {
    declare: (entries, below, turn) => {
      turns.push(turn);
      const element: JsonValue = below.lookup('element') ?? null;
      const isBad = JSON.stringify(element).includes('us.example');
      assert.deepEqual(
        entries.map(({ name, kind }) => [name, kind]),
        [['base', 'image-data']],
      );
      return new FixedScope({ base: isBad ? 'bad' : 'good' }, below);
    },
  });
  assert.equal(outcome, 'validation failure: built from bad');
  assert.deepEqual(turns, ['foreach[0] element 0', 'foreach[0] element 1']);
});

test('evaluateValidation lets an entry pass that must be fetched first', () => {
  const pending = {
    lookup: (name: string) => {
      throw new PendingEntry(name);
    },
    all: () => ({}),
  };
  assert.throws(
    () => judge(validateRule(yaml(WITH_CONTEXT)), POD, { scope: pending }),
    PendingEntry,
  );
  // Also from a message, which otherwise is shown as written.
  const own = validateRule({
    message: '{{ base }}',
    pattern: { spec: { containers: [{ image: 'x' }] } },
  });
  assert.throws(() => judge(own, POD, { scope: pending }), PendingEntry);
});

test('loops over long lists cost no more than the budget', () => {
  const own = validateRule(
    yaml(
      `foreach: [{ ${CONTAINERS}, foreach: [{ list: request.object.spec.containers, foreach: [{ list: request.object.spec.containers, pattern: { image: '*' } }] }] }]`,
    ),
  );
  assert.equal(said(own, pod(...Array.from({ length: 300 }, () => 'a'))), 'error TOO_EXPENSIVE');
});
