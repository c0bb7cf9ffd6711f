import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { parseJmespath } from '#shared/condition/jmespath/parse-jmespath.ts';
import { rootNames } from '#shared/condition/jmespath/root-names.ts';
import { search } from '#shared/condition/jmespath/search.ts';
import { PendingEntry, type Scope } from '#shared/condition/scope.ts';
import { freshOptions, outcomeOf } from './outcome.ts';

const POD: JsonObject = {
  metadata: { name: 'web', labels: { app: 'shop', 'example.com/tier': 'front' }, note: null },
  spec: {
    containers: [
      { name: 'app', image: 'ghcr.io/a/app:1', ports: [{ port: 80 }, { port: 443 }] },
      { name: 'log', image: 'docker.io/log:2', ports: [] },
      { name: 'old', image: 'ghcr.io/a/old:3' },
    ],
    volumes: { a: { size: 1 }, b: { size: 2 }, c: {} },
    replicas: 3,
    nested: [[1, 2], [3], 4, [[5]]],
    empty: [],
    flags: [true, false, null, 0, '', 'x'],
  },
};

/** Rule, expression, what it gives on the Pod. */
const ROWS: readonly (readonly [rule: string, expression: string, wanted: JsonValue])[] = [
  ['a field', 'metadata.name', 'web'],
  ['a quoted field', 'metadata.labels."example.com/tier"', 'front'],
  ['a quoted field with escapes', '"meta\\u0064ata"."name"', 'web'],
  ['spaces mean nothing', ' metadata \n.\t name ', 'web'],
  ['a field that is null', 'metadata.note', null],
  ['a field of null', 'metadata.note.deeper', null],
  ['a field of text', 'metadata.name.deeper', null],
  ['a field of a list', 'spec.containers.name', null],
  ['the value itself', '@.metadata.name', 'web'],
  ['an index', 'spec.containers[0].name', 'app'],
  ['an index from the end', 'spec.containers[-1].name', 'old'],
  ['an index beyond the end', 'spec.containers[9]', null],
  ['an index before the start', 'spec.containers[-9]', null],
  ['an index of no list', 'metadata[0]', null],
  ['an index at the start', '[0]', null],
  ['an index of an index', 'spec.nested[0][1]', 2],
  ['a slice', 'spec.nested[0:2]', [[1, 2], [3]]],
  ['a slice without start', 'spec.nested[:1]', [[1, 2]]],
  ['a slice without end', 'spec.nested[3:]', [[[5]]]],
  ['a slice from the end', 'spec.flags[-2:]', ['', 'x']],
  ['a slice with a step', 'spec.flags[::2]', [true, '']],
  ['a slice backwards', 'spec.containers[::-1].name', ['old', 'log', 'app']],
  ['a slice backwards with bounds', 'spec.containers[2:0:-1].name', ['old', 'log']],
  ['a slice beyond both ends', 'spec.nested[0][-9:9]', [1, 2]],
  ['an empty slice', 'spec.nested[2:1]', []],
  ['a slice of no list', 'metadata[0:1]', null],
  ['a slice is a projection', 'spec.containers[:2].name', ['app', 'log']],
  ['a projection', 'spec.containers[*].name', ['app', 'log', 'old']],
  ['a projection leaves nulls out', 'spec.containers[*].ports[0].port', [80]],
  ['a projection of no list', 'metadata[*].name', null],
  ['a projection of a missing field', 'absent[*].name', null],
  ['a projection of an empty list', 'spec.empty[*].name', []],
  ['a projection of a projection', 'spec.containers[*].ports[*].port', [[80, 443], []]],
  ['a flatten', 'spec.nested[]', [1, 2, 3, 4, [5]]],
  ['a flatten of a flatten', 'spec.nested[][]', [1, 2, 3, 4, 5]],
  ['a flatten of a projection', 'spec.containers[*].ports[].port', [80, 443]],
  ['a flatten of no list', 'metadata[]', null],
  ['a flatten of a missing field', 'absent[]', null],
  ['a flatten of a function that fails', 'split(absent, `1`)[]', null],
  ['the values of an object', 'spec.volumes.*.size', [1, 2]],
  ['the values of no object', 'spec.containers.*', null],
  ['the values of a missing field', 'absent.*', null],
  ['the values at the start', '*.name', ['web']],
  ['a filter', "spec.containers[?name=='log'].image", ['docker.io/log:2']],
  ['a filter with a number', 'spec.volumes.*.size | [?@ > `1`]', [2]],
  ['a filter that nothing meets', "spec.containers[?name=='x']", []],
  ['a filter on a missing field', 'spec.containers[?ports].name', ['app']],
  ['a filter of no list', 'metadata[?name]', null],
  ['a filter of a missing field', 'absent[?x]', null],
  ['a filter with a function', "spec.containers[?starts_with(image, 'ghcr')].name", ['app', 'old']],
  ['a filter with both', "spec.containers[?name=='app' && ports].name", ['app']],
  ['a filter with either', "spec.containers[?name=='app' || name=='old'].name", ['app', 'old']],
  ['not of an empty list', '!(spec.empty)', true],
  ['not binds closer than a dot', '!metadata.name', null],
  ['a filter then an index is on each', 'spec.nested[?@ != `4`][0]', [1, 3, [5]]],
  ['a pipe ends a projection', 'spec.containers[*].name | [0]', 'app'],
  ['parentheses do not end one', '(spec.containers[*].name)[0]', 'app'],
  ['a pipe of a missing field is null', 'absent | @', null],
  ['a pipe into a missing field is null', 'metadata | absent', null],
  ['a list of expressions', 'metadata.[name, labels.app]', ['web', 'shop']],
  ['a list at the start', '[metadata.name, spec.replicas]', ['web', 3]],
  ['a missing field in a list', '[absent, metadata.name]', [null, 'web']],
  ['a list on null', 'metadata.note.[a, b]', null],
  [
    'an object of expressions',
    'spec.containers[0].{n: name, "i x": image}',
    {
      n: 'app',
      'i x': 'ghcr.io/a/app:1',
    },
  ],
  ['a missing field in an object', '{a: absent}', { a: null }],
  ['an object on null', 'metadata.note.{a: b}', null],
  ['the last of two equal keys', '{a: `1`, a: `2`}', { a: 2 }],
  ['a number', '`1.5`', 1.5],
  ['an object as JSON', '`{"a": [true, null]}`', { a: [true, null] }],
  ['JSON with a backtick', '`"a\\`b"`', 'a`b'],
  ['JSON with spaces', '` [1] `', [1]],
  ['text', "'a b'", 'a b'],
  ['text with a quote', "'it\\'s'", "it's"],
  ['text with other backslashes', "'a\\nb\\z'", 'a\\nb\\z'],
  ['empty text', "''", ''],
  ['equal numbers', 'spec.replicas == `3`', true],
  ['equal numbers in two forms', '`1.0` == `1`', true],
  ['equal lists', 'spec.nested[0] == `[1, 2]`', true],
  ['lists in another order', 'spec.nested[0] == `[2, 1]`', false],
  ['equal objects', '`{"a": 1, "b": 2}` == `{"b": 2, "a": 1}`', true],
  ['objects of different size', '`{"a": 1}` == `{"a": 1, "b": 2}`', false],
  ['a number is no text', "`1` == '1'", false],
  ['false is not null', '`false` == `null`', false],
  ['a missing field equals null', 'absent == `null`', true],
  ['a missing field differs from text', "absent != 'x'", true],
  ['less', 'spec.replicas < `4`', true],
  ['less or equal', 'spec.replicas <= `3`', true],
  ['greater', 'spec.replicas > `3`', false],
  ['greater or equal', 'spec.replicas >= `3`', true],
  ['text has no order', "'a' < 'b'", null],
  ['a missing field has no order', 'absent > `1`', null],
  ['comparisons side by side go left to right', '`1` == `1` == `true`', true],
  ['or takes the first that is true', 'metadata.note || metadata.name', 'web'],
  ['or replaces a missing field', "absent || 'x'", 'x'],
  ['or replaces empty text', "'' || 'x'", 'x'],
  ['or replaces an empty list', "spec.empty || 'x'", 'x'],
  ['or replaces an empty object', "`{}` || 'x'", 'x'],
  ['or keeps zero', '`0` || `1`', 0],
  ['or of two missing fields is null', 'absent || other', null],
  ['or does not look further', "'a' || abs('x')", 'a'],
  ['and gives the first that is false', 'spec.empty && metadata.name', []],
  ['and gives the last', 'metadata.name && spec.replicas', 3],
  ['and binds closer than or', "'' && 'a' || 'b'", 'b'],
  ['not of a missing field', '!absent', true],
  ['not of zero', '!`0`', false],
  ['not binds closer than comparison', '!absent == `true`', true],
  ['not of not', '!!metadata', true],
  ['parentheses', "('' || 'a') && 'b'", 'b'],
  ['a function', 'length(spec.containers)', 3],
  ['a function after a dot', 'metadata.length(name)', 3],
  ['a function in a projection', 'spec.containers[*].length(name)', [3, 3, 3]],
  ['a missing field as an argument is null', 'not_null(absent, metadata.name)', 'web'],
  ['an expression as an argument', 'sort_by(spec.containers, &image)[0].name', 'log'],
  ['an expression reaches to the end', 'map(&name || image, spec.containers)[0]', 'app'],
  ['arguments without a comma', "contains(metadata.name 'w')", true],
  ['a comma after the last argument', 'length(metadata.name,)', 3],
  ['a function gets the current value', 'metadata.labels | keys(@)', ['app', 'example.com/tier']],
];

for (const [rule, expression, wanted] of ROWS) {
  test(`jmespath: ${rule}: ${expression}`, () => {
    assert.deepEqual(outcomeOf(expression, POD), wanted);
  });
}

test('jmespath: a name of a function is a field where no parenthesis follows', () => {
  assert.equal(outcomeOf('length', { length: 5 }), 5);
});

/** Expression, the key that the fault names. Kyverno: "Unknown key" only where nothing takes it for null. */
const MISSING: readonly (readonly [expression: string, key: string])[] = [
  ['absent', 'absent'],
  ['metadata.absent', 'absent'],
  ['absent.deeper', 'absent'],
  ['absent[0]', 'absent'],
  ['spec.containers[2].ports[0]', 'ports'],
  ['metadata.name && absent', 'absent'],
  ['(absent)', 'absent'],
  ['@.absent', 'absent'],
  ['__proto__', '__proto__'],
  ['metadata.constructor', 'constructor'],
  ['metadata.labels."a\\"b"', 'a"b'],
];

for (const [expression, key] of MISSING) {
  test(`jmespath: a missing field is a fault: ${expression}`, () => {
    assert.deepEqual(outcomeOf(expression, POD), {
      code: 'UNRESOLVED_VARIABLE',
      message: `Unknown key ${JSON.stringify(key)} in path`,
    });
  });
}

/** A scope that counts what is asked, and has `later` pending. */
function countingScope(values: JsonObject): { scope: Scope; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    scope: {
      lookup: (name) => {
        asked.push(name);
        if (name === 'later') throw new PendingEntry(name);
        return Object.hasOwn(values, name) ? values[name] : undefined;
      },
      all: () => values,
    },
  };
}

test('search: a missing root gives null where that is wanted', () => {
  const { scope } = countingScope({});
  assert.equal(search(parseJmespath('a.b'), scope, freshOptions('null')), null);
});

test('search: only names that are read are looked up', () => {
  const { scope, asked } = countingScope({ a: { b: 1 }, c: 2 });
  assert.equal(search(parseJmespath("a.b || later || 'x'"), scope, freshOptions()), 1);
  assert.deepEqual(asked, ['a']);
});

test('search: a pending entry passes through whatever takes faults for null', () => {
  const { scope } = countingScope({});
  for (const expression of [
    'later',
    'later[]',
    'later.*',
    'later[?x]',
    'length(later)',
    'a || later',
  ])
    assert.throws(() => search(parseJmespath(expression), scope, freshOptions()), PendingEntry);
});

test('search: the root itself is everything that is there', () => {
  const { scope } = countingScope({ a: 1, b: 2 });
  assert.deepEqual(search(parseJmespath('keys(@)'), scope, freshOptions()), ['a', 'b']);
  assert.deepEqual(search(parseJmespath('*'), scope, freshOptions()), [1, 2]);
  assert.deepEqual(search(parseJmespath('{x: @.a, y: @ | b}'), scope, freshOptions()), {
    x: 1,
    y: 2,
  });
});

test('search: a reference that is no argument is refused', () => {
  const { scope } = countingScope({});
  assert.throws(
    () => search(parseJmespath('&a'), scope, freshOptions()),
    (thrown) => {
      assert.ok(thrown instanceof ConditionError);
      assert.equal(thrown.code, 'INVALID_ARGUMENT');
      assert.match(thrown.message, /only be an argument/);
      return true;
    },
  );
});

const ROOTS: readonly (readonly [expression: string, names: readonly string[]])[] = [
  ['request.object.metadata', ['request']],
  ['a || b && !c', ['a', 'b', 'c']],
  ['a[?b == c].d', ['a']],
  ['a[*].b | c', ['a']],
  ['length(a.b)', ['a']],
  ['map(&x, a)', ['a']],
  ['[a, {k: b}]', ['a', 'b']],
  ['a.[b, c]', ['a']],
  ['@.a.b', ['a']],
  ['@ | a', ['a']],
  ['a[0].b[1:2][]', ['a']],
  ['a.* == `1`', ['a']],
  ["'text'", []],
  ['a == b', ['a', 'b']],
];

for (const [expression, names] of ROOTS) {
  test(`rootNames: ${expression} reads ${names.join(', ') || 'nothing'}`, () => {
    assert.deepEqual([...rootNames(parseJmespath(expression))], names);
  });
}
