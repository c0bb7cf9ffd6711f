import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '#shared/base/json-value.ts';
import { compileCel } from '#shared/condition/cel/cel-program.ts';
import { INT } from '#shared/condition/cel/type/cel-type.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';

const VARIABLES = {
  object: {
    metadata: { name: 'web', labels: { 'example.com/tier': 'front' } },
    spec: {
      replicas: 3,
      ratio: 1.5,
      containers: [
        { name: 'a', image: 'registry.example/a:1' },
        { name: 'b', image: 'registry.example/b@sha256:00' },
      ],
    },
  },
  oldObject: null,
  request: { operation: 'CREATE', userInfo: { username: 'eve', groups: ['dev'] } },
  variables: new Map([['limit', 2n]]),
};

const NAMES = { variables: new Map([['limit', INT]]) };

function evaluate(text: string, steps?: number): JsonValue {
  return compileCel(text, NAMES).evaluate(VARIABLES, new EvaluationBudget(steps));
}

/** Kubernetes' language for admission expressions. */
const VALUES: readonly (readonly [string, JsonValue])[] = [
  ['true // a comment', true],
  ["object.spec.containers.all(c, c.image.contains('@'))", false],
  ["object.spec.containers.exists(c, c.name == 'b')", true],
  ["object.spec.containers.exists_one(c, c.image.matches('^registry[.]'))", false],
  ["object.spec.containers.filter(c, !c.image.contains('@')).map(c, c.name)", ['a']],
  ['has(object.spec.replicas) && !has(object.spec.paused)', true],
  ["object.?spec.?paused.orValue('none')", 'none'],
  ['object.spec.replicas + 1', 4],
  ['object.spec.replicas > 2 && object.spec.ratio < 2.0', true],
  ['object.spec.replicas / variables.limit', 1],
  ['oldObject == null', true],
  ["'dev' in request.userInfo.groups", true],
  ["object.metadata.labels['example.com/tier']", 'front'],
  ["object.metadata.name.startsWith('w') ? 'yes' : 'no'", 'yes'],
  ['size(object.spec.containers)', 2],
  ["'a-b-c'.replace('-', '+') + 'x-y'.replace('-', '', 1)", 'a+b+cxy'],
  ["'A'.lowerAscii() + 'abc'.charAt(1) + 'abc'.substring(2)", 'abc'],
  ["'a,b'.split(',').join('-')", 'a-b'],
  ["'a,b,c'.split(',', 2)", ['a', 'b,c']],
  ["'a,b'.split(',', 0)", []],
  ["'abcb'.indexOf('b') + 10 * 'abcb'.lastIndexOf('b') + 100 * 'abcb'.indexOf('b', 2)", 331],
  ["'Ab\u212a'.lowerAscii() + 'bé'.upperAscii()", 'ab\u212aBé'],
  ["timestamp('2026-01-01T23:30:00Z').getHours('Europe/Zurich')", 0],
  ["duration('1h') > duration('59m')", true],
  ['object.spec.missing == 1 || true', true],
  ['{"a": [1, 2]}', { a: [1, 2] }],
  ["''.matches('')", true],
];

for (const [text, expected] of VALUES) {
  test(`CEL: ${text}`, () => {
    assert.deepEqual(evaluate(text), expected);
  });
}

const FAULTS: readonly (readonly [string, string, RegExp])[] = [
  ['1 +', 'SYNTAX', /^Cannot read CEL expression "1 \+": /],
  ['', 'SYNTAX', /^Cannot read CEL expression "": /],
  ['x'.repeat(20_000), 'SYNTAX', /found 20000 characters, expected at most 16384$/],
  [
    'authorizer.group("").check("x").allowed()',
    'UNRESOLVED_VARIABLE',
    /undeclared reference to 'authorizer'$/,
  ],
  ['params.replicas == 1', 'UNRESOLVED_VARIABLE', /undeclared reference to 'params'$/],
  ['cel.bind(x, 1, x)', 'UNRESOLVED_VARIABLE', /undeclared reference to 'cel'$/],
  [
    'request.object.spec',
    'UNSUPPORTED',
    /undefined field 'object' of kubernetes.AdmissionRequest$/,
  ],
  ['namespaceObject.kind', 'UNSUPPORTED', /undefined field 'kind' of kubernetes.Namespace$/],
  ["variables.limit == 'a'", 'UNSUPPORTED', /'_==_' applied to \(int, string\)$/],
  ['variables.other', 'UNSUPPORTED', /undefined field 'other' of kubernetes.variables$/],
  ['google.protobuf.Value{}', 'UNSUPPORTED', /messages of protocol buffers are not supported$/],
  ['1 == "a"', 'UNSUPPORTED', /./],
  ['object.spec.missing == 1', 'UNRESOLVED_VARIABLE', /No such key: missing$/],
  ['object.constructor', 'UNRESOLVED_VARIABLE', /No such key: constructor$/],
  ['namespaceObject.metadata', 'UNRESOLVED_VARIABLE', /"namespaceObject" is not known here$/],
  ['object.spec.replicas + "1"', 'INVALID_ARGUMENT', /no such overload/],
  ['object.metadata.matches("a")', 'INVALID_ARGUMENT', /no such overload for map$/],
  ['object.metadata.name.matches("(")', 'UNSUPPORTED', /not RE2 syntax/],
  ['object.metadata.name.matches("(" + "")', 'INVALID_ARGUMENT', /not RE2 syntax/],
  ["timestamp('2026-02-30T00:00:00Z') == timestamp(0)", 'UNSUPPORTED', /to timestamp$/],
  ["'%d'.format(['a'])", 'UNSUPPORTED', /%d of a format was given string$/],
  ['[object.spec.replicas, 1]', 'UNSUPPORTED', /expected type 'dyn' but found 'int'$/],
  ["object.metadata.contains('a')", 'INVALID_ARGUMENT', /no such overload for map$/],
  ["'abc'.indexOf('b', -1)", 'INVALID_ARGUMENT', /indexOf\(\): index out of range$/],
  ["timestamp('2026-01-01T00:00:00Z')", 'INVALID_ARGUMENT', /JSON has no such value$/],
];

for (const [text, code, message] of FAULTS) {
  test(`CEL: ${text.slice(0, 60)} is ${code}`, () => {
    assert.throws(
      () => evaluate(text),
      (error: unknown) => {
        assert.ok(error instanceof ConditionError);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

/** Longer than a rule can go over twice, one inside the other. */
const LONG = 'lists.range(1500)';

const TEN = `[${'1,'.repeat(9)}1]`;

/** Each would take seconds, or all memory. */
const EXPENSIVE: readonly (readonly [string, string])[] = [
  ['loops in loops', `${`${TEN}.all(x, `.repeat(8)}true${')'.repeat(8)}`],
  [
    'loops in loops that go on after errors',
    `${`${TEN}.exists(x, `.repeat(8)}false${')'.repeat(8)}`,
  ],
  [
    'a cheap way out beside an expensive one',
    `${`${TEN}.all(x, `.repeat(8)}true${')'.repeat(8)} || true`,
  ],
  [
    'texts that double',
    Array.from({ length: 40 })
      .reduce<string>(
        (body, _, index) =>
          `optional.of(x${39 - index} + x${39 - index}).optMap(x${40 - index}, ${body})`,
        'x40.size()',
      )
      .replace(/^/, "optional.of('aaaaaaaa').optMap(x0, ") + ') == optional.none()',
  ],
  ['ranges', 'lists.range(1000000).all(x, lists.range(1000000).size() > 0)'],
  [
    'sorting by sorted lists',
    `${LONG}.sortBy(x, ${LONG}.sortBy(y, -y).first().value() + x).size() > 0`,
  ],
  ['distinct elements', `${LONG}.distinct().size() > 0`],
  ['sets', `sets.contains(${LONG}, ${LONG}.map(x, x + 1))`],
  ['nested lists that are flattened', `${LONG}.map(x, ${LONG}).flatten().size() > 0`],
  [
    'searches with many results',
    `${LONG}.all(x, '${'ab'.repeat(4000)}'.findAll('a(?:.*c)?').size() > 0)`,
  ],
  ['many patterns', `${LONG}.all(x, 'a'.matches('^a{1,100}' + string(x) + '?$') || true)`],
  ['a wide number', "'%.100000000f'.format([1.5]) == ''"],
  ['a long map', `${LONG}.transformMap(k, v, ${LONG}.transformMap(i, w, w)).size() > 0`],
  ['lists that are compared', `${LONG}.map(x, ${LONG}) == ${LONG}.map(x, ${LONG})`],
  ['a long separator', `'${'a'.repeat(4000)}'.split('').join('${'b'.repeat(10_000)}').size() == 1`],
  ['searches that nearly find', `'${'a'.repeat(8000)}'.contains('${'a'.repeat(7000)}b')`],
  [
    'time zones',
    `${TEN}.all(x, ${TEN}.all(y, ${TEN}.all(z, timestamp('2026-01-01T00:00:00Z').getHours('Europe/Zurich') >= 0)))`,
  ],
  ['a long replacement', `'${'a'.repeat(4000)}'.replace('', '${'b'.repeat(10_000)}').size() == 1`],
];

for (const [name, text] of EXPENSIVE) {
  test(`CEL: ${name} end when the budget is spent`, () => {
    assert.throws(() => evaluate(text), { name: 'ConditionError', code: 'TOO_EXPENSIVE' });
  });
}

test('CEL: a regular expression takes linear time', () => {
  const text = `('${'a'.repeat(40)}' + object.metadata.name).matches('^(a+)+$')`;
  assert.equal(evaluate(text), false);
});

test('CEL: expressions of one rule share a budget', () => {
  const budget = new EvaluationBudget(30);
  const program = compileCel('[1, 2, 3].all(x, x > 0)');
  program.evaluate(VARIABLES, budget);
  assert.throws(() => program.evaluate(VARIABLES, budget), { code: 'TOO_EXPENSIVE' });
});
