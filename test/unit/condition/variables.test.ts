import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { ConditionError, type ConditionErrorCode } from '#shared/condition/condition-error.ts';
import { elementScope } from '#shared/condition/element-scope.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { FixedScope } from '#shared/condition/fixed-scope.ts';
import { NO_HOST_ADDRESSES } from '#shared/condition/host-addresses.ts';
import { PendingEntry, type Scope } from '#shared/condition/scope.ts';
import { asksForRoles } from '#shared/condition/variables/asks-for-roles.ts';
import { checkNames } from '#shared/condition/variables/check-names.ts';
import { listVariables } from '#shared/condition/variables/list-variables.ts';
import { substitute } from '#shared/condition/variables/substitute.ts';

const HOSTILE = "x') || 'true' || ('";

const OBJECT: JsonObject = {
  kind: 'Pod',
  metadata: {
    name: 'temp',
    labels: { team: 'a', 'app.kubernetes.io/name': 'web' },
    annotations: { key: 'team', braces: '{{ secret }}', hostile: HOSTILE },
  },
  spec: {
    replicas: 3,
    hostNetwork: true,
    containers: [
      { name: 'one', image: 'nginx' },
      { name: 'two', image: 'redis' },
    ],
  },
};

const DATA: JsonObject = {
  request: {
    operation: 'CREATE',
    namespace: 'prod',
    object: OBJECT,
  },
  teams: { data: { prod: 'alpha', dev: 'beta' } },
  secret: 'do not tell',
  index: 1,
  which: 'key',
  which_team: 'team',
  fraction: 1.5,
  nothing: null,
  empty: '',
  apostrophe: "it's",
  pattern: String.raw`\d+\.`,
  backslash: 'a\\',
  quoted: 'say "hi" `now`',
  list: ['x', 'y'],
  json: '{"a":1}',
  markup: { z: '<b>', a: '&' },
};

const SCOPE = new FixedScope(DATA);

function replaced(value: JsonValue, scope: Scope = SCOPE): JsonValue {
  return substitute(value, scope, {
    budget: new EvaluationBudget(),
    clock: { now: () => 0 },
    hosts: NO_HOST_ADDRESSES,
  });
}

/** Rule, text, what it becomes. Kyverno 1.19 */
const ROWS: readonly (readonly [rule: string, JsonValue, JsonValue])[] = [
  ['a text without variables stays', 'plain', 'plain'],
  ['an empty text stays', '', ''],
  ['other values stay', 5, 5],
  ['null stays', null, null],
  ['a variable', '{{request.namespace}}', 'prod'],
  ['space inside braces means nothing', '{{   request.namespace\n}}', 'prod'],
  ['a variable alone keeps its type: number', '{{ index }}', 1],
  ['a variable alone keeps its type: boolean', '{{ request.object.spec.hostNetwork }}', true],
  ['a variable alone keeps its type: null', '{{ nothing }}', null],
  ['a variable alone keeps its type: list', '{{ list }}', ['x', 'y']],
  ['a variable alone keeps its type: mapping', '{{ teams.data }}', { prod: 'alpha', dev: 'beta' }],
  ['a JSON text is a text', '{{ json }}', '{"a":1}'],
  ['space around a variable makes it part of a text', ' {{ index }}', ' 1'],
  ['inside text: string', 'ns {{request.namespace}}!', 'ns prod!'],
  ['inside text: empty string', 'a{{ empty }}b', 'ab'],
  ['inside text: number', 'n={{ index }}', 'n=1'],
  ['inside text: fraction', 'n={{ fraction }}', 'n=1.5'],
  ['inside text: boolean', 'is {{ request.object.spec.hostNetwork }}', 'is true'],
  ['inside text: null', 'is {{ nothing }}', 'is null'],
  ['inside text: list as JSON', 'l={{ list }}', 'l=["x","y"]'],
  [
    'inside text: mapping as JSON of Go, sorted and escaped',
    'm={{ markup }}',
    String.raw`m={"a":"\u0026","z":"\u003cb\u003e"}`,
  ],
  ['several in one text', '{{ request.namespace }}/{{ secret }}', 'prod/do not tell'],
  ['several without anything between', '{{ index }}{{ index }}', '11'],
  ['in lists', ['{{ index }}', 'x'], [1, 'x']],
  ['in mappings', { a: { b: '{{ index }}' } }, { a: { b: 1 } }],
  ['in keys', { 'team-{{ request.namespace }}': 1 }, { 'team-prod': 1 }],
  ['a key that becomes null stays', { '{{ nothing }}': 1 }, { '{{ nothing }}': 1 }],
  ['a quoted field', '{{ request.object.metadata.labels."app.kubernetes.io/name" }}', 'web'],
  ['an index', '{{ request.object.spec.containers[0].name }}', 'one'],
  ['a projection', '{{ request.object.spec.containers[].image }}', ['nginx', 'redis']],
  ['a filter', "{{ request.object.spec.containers[?name == 'two'].image }}", ['redis']],
  ['a function', '{{ length(request.object.spec.containers) }}', 2],
  ['a mapping of expressions', '{{ {ns: request.namespace} }}', { ns: 'prod' }],
  [
    'a mapping of expressions right after the braces',
    '{{{ns: request.namespace}}}',
    { ns: 'prod' },
  ],
  ['a default where a field is not there', "{{ request.object.metadata.x || 'none' }}", 'none'],
  ['a default where a name is not there', "{{ unknown || 'none' }}", 'none'],
  ['a default for an empty text', "{{ empty || 'none' }}", 'none'],
  ['a default for null', "{{ nothing || 'none' }}", 'none'],
  ['a default that is a JSON literal', '{{ unknown || `{}` }}', {}],
  ['a default that is a list', '{{ unknown || `[]` }}', []],
  ['no default for a value that is there', "{{ secret || 'none' }}", 'do not tell'],
  // Variables inside variables.
  ['nested: a name', '{{ teams.data.{{ request.namespace }} }}', 'alpha'],
  ['nested: without space', '{{teams.data.{{request.namespace}}}}', 'alpha'],
  ['nested: inside text', 'is {{ teams.data.{{ request.namespace }} }}', 'is alpha'],
  ['nested: keeps the type', '{{ list[{{ index }}] }}', 'y'],
  ['nested: an index', '{{ request.object.spec.containers[{{ index }}].name }}', 'two'],
  [
    'nested twice',
    '{{ request.object.metadata.labels.{{ request.object.metadata.annotations.{{ which }} }} }}',
    'a',
  ],
  ['nested: a quoted field', '{{ teams.data."{{ request.namespace }}" }}', 'alpha'],
  ['nested: in a text', "{{ to_upper('{{ request.namespace }}') }}", 'PROD'],
  ['nested: in a part of a text', "{{ to_upper('x-{{ request.namespace }}-y') }}", 'X-PROD-Y'],
  ['nested: in a JSON literal', '{{ `{{ list }}` | [0] }}', 'x'],
  ['nested: in a text of a JSON literal', '{{ `"{{ quoted }}"` }}', 'say "hi" `now`'],
  ['nested: in a mapping of expressions', "{{ {a: '{{ request.namespace }}'} }}", { a: 'prod' }],
  // What is not a variable.
  [String.raw`\{{ is no variable`, String.raw`\{{ index }}`, '{{ index }}'],
  [String.raw`\{{ beside a variable`, String.raw`\{{ a }} {{ index }}`, '{{ a }} 1'],
  [String.raw`\{{ with a variable inside`, String.raw`\{{ a.{{ index }} }}`, '{{ a.1 }}'],
  ['braces that never close are text', 'a {{ index', 'a {{ index'],
  ['braces that never opened are text', 'a }} b', 'a }} b'],
  ['single braces are text', '{ index }', '{ index }'],
  ['single braces around a variable', '{ {{ index }} }', '{ 1 }'],
  ['a stray brace makes it text', '{{ a } b }}', '{{ a } b }}'],
  ['a variable after braces that never close', '{{ a {{ index }}', '{{ a 1'],
  ['a brace and a variable', 'a{{{ index }}', 'a{1'],
  ['braces nested deeper than Kyverno reads', '{{ {a: {b: index}} }}', '{{ {a: {b: index}} }}'],
  ['a variable and a brace more', '{{ index }}}', '1}'],
  ['{{- is the same as {{', '{{- index }}', 1],
  ['{{- with a variable inside', '{{- teams.data.{{ request.namespace }} }}', 'alpha'],
  // Whoever makes the object cannot write expressions.
  [
    'a value is not read for variables, alone',
    '{{ request.object.metadata.annotations.braces }}',
    '{{ secret }}',
  ],
  [
    'a value is not read for variables, inside text',
    'x {{ request.object.metadata.annotations.braces }}',
    'x {{ secret }}',
  ],
  [
    'a value is not read for variables, inside a value of a mapping',
    '{{ request.object.metadata.annotations }}',
    { key: 'team', braces: '{{ secret }}', hostile: HOSTILE },
  ],
  [
    'a value stays a text in a text',
    "{{ to_upper('{{ request.object.metadata.annotations.hostile }}') }}",
    HOSTILE.toUpperCase(),
  ],
  ['quotes in a value stay in a text', "{{ to_upper('{{ apostrophe }}') }}", "IT'S"],
  ['backslashes in a value stay in a text', "{{ to_upper('{{ pattern }}x') }}", String.raw`\D+\.X`],
  [
    'a value stays a name in a quoted field',
    `{{ teams.data."{{ request.object.metadata.annotations.hostile }}" || 'none' }}`,
    'none',
  ],
  // References to other fields of the same document.
  [
    'a reference to a field beside',
    { limits: { memory: '1Gi' }, requests: { memory: '$(./../../limits/memory)' } },
    { limits: { memory: '1Gi' }, requests: { memory: '1Gi' } },
  ],
  [
    'a reference with a comparison',
    { limits: { memory: '1Gi' }, requests: { memory: '$(<=./../../limits/memory)' } },
    { limits: { memory: '1Gi' }, requests: { memory: '<=1Gi' } },
  ],
  ['a reference with a comparison takes numbers', { a: 5, b: '$(>/a)' }, { a: 5, b: '>5' }],
  ['a reference from the top', { a: { b: 'x' }, c: '$(/a/b)' }, { a: { b: 'x' }, c: 'x' }],
  [
    'anchors do not count in references',
    { '(a)': { '=(b)': 'x' }, c: '$(/a/b)' },
    { '(a)': { '=(b)': 'x' }, c: 'x' },
  ],
  ['a reference inside text', { a: 'x', b: 'is $(/a)!' }, { a: 'x', b: 'is x!' }],
  ['a reference to itself is its text', { a: '$(./../a)' }, { a: '$(./../a)' }],
  [
    'a reference to a reference is its text',
    { a: '$(/b)', b: '$(/c)', c: 'x' },
    { a: '$(/c)', b: 'x', c: 'x' },
  ],
  [
    'of references without a blank between them the last one counts',
    { a: '$(./../b)$(./../c)', b: 'x', c: 'y' },
    { a: 'y', b: 'x', c: 'y' },
  ],
  [
    'references with a blank between them',
    { a: '$(/b) $(/c)', b: 'x', c: 'y' },
    { a: 'x y', b: 'x', c: 'y' },
  ],
  ['a reference in a key', { '$(./a)': 1, a: 'b' }, { b: 1, a: 'b' }],
  ['a reference that looks like a replacement', { a: '$(/b)', b: '$&' }, { a: '$&', b: '$&' }],
  ['a reference into a list', { a: ['x', 'y'], b: '$(/a/1)' }, { a: ['x', 'y'], b: 'y' }],
  ['a reference to a variable', { a: '{{ index }}', b: '$(/a)' }, { a: 1, b: 1 }],
  [String.raw`\$( is no reference`, String.raw`\$(HOME)/x`, '$(HOME)/x'],
  ['a dollar is no reference', '${HOME} $ ()', '${HOME} $ ()'],
];

for (const [rule, value, expected] of ROWS) {
  test(`variables: ${rule}`, () => assert.deepEqual(replaced(value), expected));
}

/** Rule, text, code, part of the message. */
const FAULTS: readonly (readonly [string, JsonValue, ConditionErrorCode, string])[] = [
  [
    'a field that is not there',
    { a: ['{{ request.object.metadata.missing }}'] },
    'UNRESOLVED_VARIABLE',
    'failed to resolve request.object.metadata.missing at path /a/0: JMESPath query failed: Unknown key "missing" in path',
  ],
  [
    'a name that nothing has',
    'x {{ unknown.field }}',
    'UNRESOLVED_VARIABLE',
    'failed to resolve unknown.field at path : JMESPath query failed: Unknown key "unknown" in path',
  ],
  [
    'the path quotes slashes in keys',
    { 'a/b': '{{ unknown }}' },
    'UNRESOLVED_VARIABLE',
    String.raw`at path /a\/b:`,
  ],
  [
    'a variable inside another that is not there',
    '{{ teams.data.{{ request.object.missing }} }}',
    'UNRESOLVED_VARIABLE',
    'failed to resolve request.object.missing at path',
  ],
  [
    'a name made of a variable that is not there',
    '{{ teams.{{ request.namespace }} }}',
    'UNRESOLVED_VARIABLE',
    'Unknown key "prod" in path',
  ],
  [
    'a function that gets the wrong type',
    '{{ to_upper(index) }}',
    'INVALID_ARGUMENT',
    'failed to resolve to_upper(index) at path',
  ],
  ['a variable that is empty', '{{ }}', 'SYNTAX', 'it is empty'],
  ['a variable that is no expression', '{{ a. }}', 'SYNTAX', 'Cannot parse expression'],
  [
    'variables inside variables without end',
    `${'{{ a.'.repeat(20)}b${' }}'.repeat(20)}`,
    'SYNTAX',
    'more than 8 stand inside one another',
  ],
  [
    'a key that becomes something else than a text',
    { '{{ list }}': 1 },
    'INVALID_ARGUMENT',
    'expected string after substituting variables in key "{{ list }}"',
  ],
  [
    'a key that is there already',
    { team: 1, '{{ which_team }}': 2 },
    'INVALID_ARGUMENT',
    'Cannot replace the variables in key "{{ which_team }}": "team" is there already',
  ],
  [
    'a value that would be an expression',
    '{{ {{ request.object.metadata.annotations.hostile }} }}',
    'INVALID_ARGUMENT',
    'Cannot insert the value of "request.object.metadata.annotations.hostile" into an expression',
  ],
  [
    'a list where a name is wanted',
    '{{ teams.{{ list }} }}',
    'INVALID_ARGUMENT',
    'expected a name or a number; write the variable in quotes where it is a text',
  ],
  [
    'a text that would take its closing quote away',
    "{{ to_upper('{{ backslash }}') }}",
    'INVALID_ARGUMENT',
    'expected a text that does not end in a backslash',
  ],
  [
    'a text that is no JSON in a JSON literal',
    '{{ `{{ secret }}` }}',
    'INVALID_ARGUMENT',
    'found "do not tell", expected JSON',
  ],
  [
    'a reference to nothing',
    { a: '$(./../b)' },
    'UNRESOLVED_VARIABLE',
    'failed to resolve $(./../b) at path /a: nothing is there',
  ],
  [
    'a reference to a mapping',
    { a: '$(/b)', b: { c: 1 } },
    'UNRESOLVED_VARIABLE',
    'expected a text there',
  ],
  [
    'a reference to a list',
    { a: '$(/b)', b: ['x'] },
    'UNRESOLVED_VARIABLE',
    'failed to resolve $(/b) at path /a: nothing is there',
  ],
  ['a reference to null', { a: '$(/b)', b: null }, 'UNRESOLVED_VARIABLE', 'expected a text there'],
  ...['/a/../b', '/b/', './../=(c)', '>=', '>', '5-6'].map(
    (path): readonly [string, JsonValue, ConditionErrorCode, string] => [
      `a reference whose path leads nowhere: ${path}`,
      { '=(c)': 'x', b: 'x', a: `is $(${path})` },
      'UNRESOLVED_VARIABLE',
      `failed to resolve $(${path}) at path /a: nothing is there`,
    ],
  ),
  [
    'a reference from inside an anchor, which Kyverno does not find its way from',
    { '=(a)': { b: '$(./../c)', c: 'x' } },
    'UNRESOLVED_VARIABLE',
    'failed to resolve $(./../c) at path /=(a)/b: nothing is there',
  ],
  [
    'a reference in a key that is there already',
    { b: 2, '$(./a)': 1, a: 'b' },
    'INVALID_ARGUMENT',
    'Cannot replace the references in key "$(./a)": "b" is there already',
  ],
  [
    'a reference that is a variable of a shell',
    '$(HOME)',
    'UNRESOLVED_VARIABLE',
    'nothing is there',
  ],
];

for (const [rule, value, code, message] of FAULTS) {
  test(`variables: fault: ${rule}`, () => {
    assert.throws(
      () => replaced(value),
      (error) => {
        assert.ok(error instanceof ConditionError, String(error));
        assert.equal(error.code, code);
        assert.ok(error.message.includes(message), error.message);
        return true;
      },
    );
  });
}

/** Kyverno 1.19 leaves two steps of the path out, as if the rule stood around the pattern. */
const SAME_PLACES: readonly (readonly [string, JsonValue, JsonValue])[] = [
  [
    'two steps down it is the whole object',
    { spec: { image: '{{ @ }}' } },
    { spec: { image: OBJECT } },
  ],
  ['on top it is the whole object', '{{@}}', OBJECT],
  [
    'further down it is what the rest of the path finds',
    { a: { b: { spec: { containers: [{ name: '{{ @ }}' }] } } } },
    { a: { b: { spec: { containers: [{ name: 'one' }] } } } },
  ],
  [
    'an index of the object is null',
    { spec: { containers: [{ name: '{{ @ }}' }] } },
    { spec: { containers: [{ name: null }] } },
  ],
  [
    'the path counts from a field called foreach',
    { a: { foreach: { b: { c: { kind: '{{ @ }}' } } } } },
    { a: { foreach: { b: { c: { kind: 'Pod' } } } } },
  ],
  ['as part of an expression it is everything', '{{ length(keys(@)) > `3` }}', true],
];

for (const [rule, value, expected] of SAME_PLACES) {
  test(`variables: {{ @ }}: ${rule}`, () => assert.deepEqual(replaced(value), expected));
}

test('variables: {{ @ }} below an anchor finds nothing', () => {
  assert.throws(
    () => replaced({ a: { b: { '(spec)': { hostNetwork: '{{ @ }}' } } } }),
    (error) =>
      error instanceof ConditionError &&
      error.code === 'UNRESOLVED_VARIABLE' &&
      error.message.includes('failed to resolve @ at path /a/b/(spec)/hostNetwork'),
  );
});

test('variables: elements hide those of the foreach around them, which their number names', () => {
  const outer = elementScope(SCOPE, { element: { name: 'a' }, index: 0, nesting: 0 });
  const inner = elementScope(outer, { element: 'b', index: 4, nesting: 1 });
  assert.equal(
    replaced(
      '{{element}} {{elementIndex}} {{element0.name}} {{elementIndex0}} {{element1}}',
      inner,
    ),
    'b 4 a 0 b',
  );
  assert.equal(replaced('{{ element.name }}', outer), 'a');
  assert.equal(replaced('{{ request.namespace }}', inner), 'prod');
  assert.deepEqual(Object.keys(inner.all()).slice(-4), [
    'element0',
    'elementIndex0',
    'element1',
    'elementIndex1',
  ]);
});

test('variables: an entry that has not been fetched stops the substitution, default or not', () => {
  const scope: Scope = {
    lookup: (name) => {
      throw new PendingEntry(name);
    },
    all: () => ({}),
  };
  assert.throws(() => replaced("{{ a || 'x' }}", scope), PendingEntry);
});

test('variables: only own fields count (hostile names)', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'request.__proto__', 'list.length'])
    assert.equal(replaced(`{{ ${name} || 'none' }}`), 'none', name);
});

test('variables: long values and many variables cost what they are (hostile object)', () => {
  const scope = new FixedScope({ a: 'x'.repeat(1_000_000) });
  const text = '{{ a }} '.repeat(100);
  assert.throws(
    () => replaced(text, scope),
    (error) => error instanceof ConditionError && error.code === 'TOO_EXPENSIVE',
  );
});

test('variables: texts full of braces are read in one go (hostile policy)', () => {
  for (const text of ['}'.repeat(200_000), '{ }'.repeat(100_000), '\\{{'.repeat(50_000)])
    assert.equal(typeof replaced(text), 'string');
});

test('variables: lists every variable with its field, also in keys and inside others', () => {
  const value = {
    key: '{{ request.namespace }} {{ teams.data.{{ index }} }}',
    value: ['{{ element.x || `1` }}'],
    '{{ k }}': 1,
  };
  const { variables, faults } = listVariables(value, 'spec');
  assert.deepEqual(faults, []);
  assert.deepEqual(
    variables.map(({ path, text }) => `${path}: ${text}`),
    [
      'spec.key: request.namespace',
      'spec.key: index',
      'spec.key: teams.data.{{ index }}',
      'spec.value[0]: element.x || `1`',
      'spec["{{ k }}"]: k',
    ],
  );
});

test('variables: reports every text whose variables are no expressions, with its field', () => {
  const { faults } = listVariables(
    { a: '{{ b. }}', c: ['{{ }}', '{{ ok }}'], d: "{{ f('{{x}}' }}" },
    '',
  );
  assert.deepEqual(
    faults.map(({ path }) => path),
    ['a', 'c[0]', 'd'],
  );
});

test('variables: doubts every text with braces that look like a variable and are none', () => {
  const value = [
    '{{ index }',
    '{{ {a: {b: c}} }}',
    String.raw`\{{ a }}`,
    'a }} b',
    '{ a }',
    '{{ a }}',
  ];
  assert.deepEqual(
    listVariables(value, '').doubts.map(({ path }) => path),
    ['[0]', '[1]'],
  );
});

/** Rule, text, in a foreach, background, messages. */
const NAMES: readonly (readonly [string, string, boolean, boolean, readonly string[]])[] = [
  ['names of every rule', '{{ request.object }} {{ images }}', false, true, []],
  ['names of entries', '{{ cm.data.x }}', false, true, []],
  ['functions and literals', "{{ to_upper('x') }}", false, true, []],
  ['element in a foreach', '{{ element }} {{ elementIndex0 }}', true, true, []],
  [
    'element elsewhere',
    '{{ element.x }}',
    false,
    true,
    ['nothing gives the variable "element" in'],
  ],
  ['an unknown name', '{{ other }}', false, true, ['nothing gives the variable "other", expected']],
  ['an unknown name with a default', "{{ other || '' }}", false, true, ['"other" in']],
  ['an unknown name among variables inside', '{{ cm.{{ other }} }}', false, true, ['"other"']],
  ['users in the background', '{{ request.userInfo.username }}', false, true, ['background scans']],
  ['roles in the background', '{{ request.roles }}', false, true, ['background scans']],
  ['accounts in the background', '{{ serviceAccountName }}', false, true, ['background scans']],
  ['users in admission only', '{{ request.userInfo.username }}', false, false, []],
  ['the same names further down', '{{ cm.serviceAccountName }}', false, true, []],
];

for (const [rule, text, isForeach, isBackground, expected] of NAMES) {
  test(`variables: names: ${rule}`, () => {
    const { variables } = listVariables(text, 'at');
    const found = checkNames(variables, { declared: new Set(['cm']), isForeach, isBackground });
    assert.equal(found.length, expected.length, JSON.stringify(found));
    for (const [index, part] of expected.entries())
      assert.ok(found[index]?.message.includes(part), found[index]?.message);
  });
}

test('variables: roles are asked for where a variable names them', () => {
  const asks = (text: string): boolean => asksForRoles(listVariables(text, '').variables);
  assert.equal(asks('{{ request.roles }}'), true);
  assert.equal(asks('{{ contains(request.clusterRoles, `"x"`) }}'), true);
  assert.equal(asks('{{ request.userInfo }}'), false);
});
