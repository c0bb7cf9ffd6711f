import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { parseDuration } from '#shared/condition/duration.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { evaluatePattern } from '#shared/policy/pattern/evaluate-pattern.ts';
import { leafMatches } from '#shared/policy/pattern/leaf.ts';
import { parseQuantity } from '#shared/condition/quantity.ts';

type Leaf = null | boolean | number | string;

/** Pattern, value, whether it fits. Kyverno 1.19 */
const LEAVES: readonly (readonly [Leaf, JsonValue | undefined, boolean])[] = [
  // The image patterns of the published policies.
  ['*@sha256:*', 'nginx@sha256:abc', true],
  ['*@sha256:*', 'nginx:1', false],
  ['*:*', 'nginx', false],
  ['!*:latest', 'nginx:latest', false],
  ['!*:latest', 'nginx:1', true],
  ['!*:latest', undefined, false],
  ['eu.foo.io/* | bar.io/*', 'bar.io/a', true],
  ['eu.foo.io/* | bar.io/*', 'docker.io/a', false],
  ['!docker.io/* & !ghcr.io/*', 'ghcr.io/a', false],
  ['!docker.io/* & !ghcr.io/*', 'quay.io/a', true],
  ['*:latest | !*:*', 'nginx', true],
  // `&` binds closer than `|`.
  ['a & b | c', 'c', true],
  ['a* & *b | c', 'ab', true],
  ['a* & *b | c', 'a', false],
  ['a|b', 'a|b', true],
  ['?*', '', false],
  ['?*', 'x', true],
  ['?*', null, false],
  ['', '', true],
  ['', 'x', false],
  // Typed leaves.
  [true, true, true],
  [true, 'true', false],
  [false, undefined, false],
  [false, false, true],
  [8, 8, true],
  [8, '8', true],
  [8, '8.0', false],
  [8, 8.5, false],
  [1.5, '1.5', true],
  [8, true, false],
  [null, undefined, true],
  [null, null, true],
  [null, '', true],
  [null, 0, true],
  [null, false, true],
  [null, 'x', false],
  [null, {}, false],
  ['true', true, true],
  ['8', 8, true],
  // A value that is a mapping or list of mappings fits no text.
  ['*', { a: 1 }, false],
  // Order: quantities, durations, ranges.
  ['>1', 2, true],
  ['> 1', '1', false],
  ['>=1Gi', '1024Mi', true],
  ['<1Gi', '1024Mi', false],
  ['<=500m', '0.5', true],
  ['1', '1000m', true],
  // What can be compared as numbers is not compared as text too.
  ['!1', '1000m', false],
  ['!60m', '1h', false],
  ['!1', '2', true],
  ['!1', 'x', true],
  ['<1h', '59m', true],
  ['>1h', '59m', false],
  ['60m', '1h', true],
  ['10-20', 15, true],
  ['10-20', 20, true],
  ['10-20', 21, false],
  ['10!-20', 21, true],
  ['10!-20', 15, false],
  // A bare zero is a duration, and so is what is absent.
  ['>=0', '1h', true],
  ['<1h', 0, true],
  ['<1h', undefined, true],
  ['>0', 1e-7, false],
  ['>0', 1e-6, true],
  ['1Mi-1Gi', '512Mi', true],
  ['1h-2h', '90m', true],
  ['>1', 'abc', false],
  ['<1', undefined, true],
  ['>', '>', true],
  ['1.5*', 1.5, true],
  ['1.5E+00', 1.5, true],
];

for (const [pattern, value, expected] of LEAVES) {
  test(`leaf ${JSON.stringify(pattern)} ${expected ? 'accepts' : 'refuses'} ${JSON.stringify(value) ?? 'an absent value'}`, () => {
    assert.equal(leafMatches(pattern, value, new EvaluationBudget()), expected);
  });
}

const DURATIONS: readonly (readonly [string, number | undefined])[] = [
  ['1h30m', 5400e9],
  ['-0.5s', -5e8],
  ['1.5h', 5400e9],
  ['100ms', 1e8],
  ['1us2ns', 1002],
  ['0s', 0],
  ['0', undefined],
  ['2d', undefined],
  ['1h ', undefined],
  ['h', undefined],
  ['1'.repeat(80), undefined],
];

for (const [text, expected] of DURATIONS) {
  test(`parseDuration "${text.slice(0, 12)}"`, () => {
    assert.equal(parseDuration(text), expected);
  });
}

const QUANTITIES: readonly (readonly [string, number | undefined])[] = [
  ['0', 0],
  ['1500m', 1.5],
  ['1.5', 1.5],
  ['1Ki', 1024],
  ['1k', 1000],
  ['-2', -2],
  ['1e3', 1000],
  ['1E3', 1000],
  ['1E', 1e18],
  ['.5', 0.5],
  ['1 Gi', undefined],
  ['Gi', undefined],
  ['1gi', undefined],
  ['', undefined],
];

for (const [text, expected] of QUANTITIES) {
  test(`parseQuantity "${text}"`, () => {
    assert.equal(parseQuantity(text), expected);
  });
}

const DIGEST = `sha256:${'a'.repeat(64)}`;

function pod(...images: readonly string[]): JsonObject {
  return {
    metadata: { name: 'p', labels: { 'app.kubernetes.io/name': 'web' } },
    spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) },
  };
}

const containers = (pattern: JsonObject, more: JsonObject = {}): JsonObject => ({
  spec: { containers: [pattern], ...more },
});

interface Case {
  readonly name: string;
  readonly pattern: JsonObject;
  readonly object: JsonObject;
  /** `pass`, `skip`, or the path of the failure. */
  readonly expected: string;
}

/** Kyverno 1.19. */
const CASES: readonly Case[] = [
  {
    name: 'every container has to fit',
    pattern: containers({ image: '*@sha256:*' }),
    object: pod(`a@${DIGEST}`, `b@${DIGEST}`),
    expected: 'pass',
  },
  {
    name: 'one that does not fit is named',
    pattern: containers({ image: '*@sha256:*' }),
    object: pod(`a@${DIGEST}`, 'b:1'),
    expected: '/spec/containers/1/image/',
  },
  {
    name: 'an absent field fails',
    pattern: containers({ image: '*@*' }),
    object: { spec: { containers: [{ name: 'a' }] } },
    expected: '/spec/containers/0/image/',
  },
  {
    name: 'an absent parent fails',
    pattern: containers({ image: '*@*' }),
    object: {},
    expected: '/spec/',
  },
  {
    name: 'an absent list fails',
    pattern: containers({ image: '*@*' }),
    object: { spec: {} },
    expected: '/spec/containers/',
  },
  {
    name: 'another type fails',
    pattern: containers({ image: '*@*' }),
    object: { spec: { containers: 'x' } },
    expected: '/spec/containers/',
  },
  {
    name: 'an empty list passes',
    pattern: containers({ image: '*@*' }),
    object: { spec: { containers: [] } },
    expected: 'pass',
  },
  {
    name: 'a lone star wants a value',
    pattern: containers({ image: '*' }),
    object: { spec: { containers: [{ image: null }] } },
    expected: '/spec/containers/0/',
  },
  {
    name: 'null wants absence',
    pattern: containers({ image: '*', securityContext: null }),
    object: pod('a'),
    expected: 'pass',
  },
  {
    name: 'an empty mapping wants a mapping',
    pattern: { spec: {} },
    object: pod('a'),
    expected: 'pass',
  },
  {
    name: 'only the first element of a list pattern counts',
    pattern: { spec: { containers: [{ image: 'a*' }, { image: 'b*' }] } },
    object: pod('a1', 'a2'),
    expected: 'pass',
  },
  {
    name: 'a list pattern without elements fails',
    pattern: { spec: { containers: [] } },
    object: pod('a'),
    expected: '/spec/containers/',
  },
  {
    name: 'a list of values: each has to fit',
    pattern: { spec: { args: ['a*'] } },
    object: { spec: { args: ['a1', 'b'] } },
    expected: '/spec/args/',
  },
  {
    name: 'one value for a list: each has to fit',
    pattern: { spec: { args: 'a*' } },
    object: { spec: { args: ['a1', 'a2'] } },
    expected: 'pass',
  },
  {
    name: 'lists of lists go by place',
    pattern: { m: [['a'], ['b']] },
    object: { m: [['a'], ['c']] },
    expected: '/m/1/',
  },
  {
    name: 'lists of lists need enough',
    pattern: { m: [['a'], ['b']] },
    object: { m: [['a']] },
    expected: '/m/',
  },
  {
    name: 'fields are judged in the order of their names',
    pattern: { b: 'x', a: 'x' },
    object: {},
    expected: '/a/',
  },

  {
    name: '= accepts an absent field',
    pattern: { spec: { '=(initContainers)': [{ image: '*@*' }] } },
    object: pod('a'),
    expected: 'pass',
  },
  {
    name: '= judges a present field',
    pattern: { spec: { '=(initContainers)': [{ image: '*@*' }] } },
    object: { spec: { initContainers: [{ image: 'a' }] } },
    expected: '/spec/initContainers/0/image/',
  },
  {
    name: 'X wants absence',
    pattern: { spec: { 'X(hostNetwork)': null } },
    object: pod('a'),
    expected: 'pass',
  },
  {
    name: 'X refuses presence, also of null',
    pattern: { spec: { 'X(hostNetwork)': null } },
    object: { spec: { hostNetwork: null } },
    expected: '/spec/hostNetwork/',
  },

  {
    name: '() that fits: siblings have to fit',
    pattern: containers({ '(image)': '*:latest', imagePullPolicy: 'Always' }),
    object: pod('a:latest'),
    expected: '/spec/containers/0/imagePullPolicy/',
  },
  {
    name: '() that does not fit: the element is not judged',
    pattern: containers({ '(image)': '*:latest', imagePullPolicy: 'Always' }),
    object: {
      spec: { containers: [{ image: 'a:1' }, { image: 'b:latest', imagePullPolicy: 'Always' }] },
    },
    expected: 'pass',
  },
  {
    name: '() that no element meets: skip',
    pattern: containers({ '(image)': '*:latest', imagePullPolicy: 'Always' }),
    object: pod('a:1', 'b:2'),
    expected: 'skip',
  },
  {
    name: '() of an absent field: skip',
    pattern: { spec: { '(hostNetwork)': true, containers: [{ image: '*@*' }] } },
    object: pod('a'),
    expected: 'skip',
  },
  {
    name: '() decides before its siblings',
    pattern: { spec: { a: 'x', '(z)': 'x' } },
    object: { spec: { z: 'y' } },
    expected: 'skip',
  },
  {
    name: '() around a mapping',
    pattern: { '(metadata)': { labels: { app: 'db' } }, spec: { x: 'y' } },
    object: pod('a'),
    expected: 'skip',
  },
  {
    name: '<() that fits: the rest has to fit',
    pattern: containers({ '<(image)': 'corp/*', imagePullPolicy: 'Always' }),
    object: pod('corp/a'),
    expected: '/spec/containers/0/imagePullPolicy/',
  },
  {
    name: '<() that no element meets: skip',
    pattern: containers({ '<(image)': 'corp/*' }, { imagePullSecrets: [{ name: 'x' }] }),
    object: pod('a', 'b'),
    expected: 'skip',
  },
  {
    name: '<() that one element meets: the rest has to fit',
    pattern: containers({ '<(image)': 'corp/*' }, { imagePullSecrets: [{ name: 'x' }] }),
    object: pod('a', 'corp/b'),
    expected: '/spec/imagePullSecrets/',
  },
  {
    name: '<() below an absent parent: fail',
    pattern: { spec: { securityContext: { '<(runAsNonRoot)': true } } },
    object: pod('a'),
    expected: '/spec/securityContext/',
  },
  {
    name: '^() wants one element',
    pattern: { spec: { '^(containers)': [{ image: 'istio/*' }] } },
    object: pod('a', 'istio/b'),
    expected: 'pass',
  },
  {
    name: '^() that no element meets: fail',
    pattern: { spec: { '^(containers)': [{ image: 'istio/*' }] } },
    object: pod('a', 'b'),
    expected: '/spec/containers/',
  },
  {
    name: '^() wants one element for each pattern',
    pattern: { spec: { '^(containers)': [{ image: 'a' }, { image: 'c' }] } },
    object: pod('a', 'b'),
    expected: '/spec/containers/',
  },
  {
    name: '^() on something that is no list: fail',
    pattern: { '^(spec)': [{ a: 'b' }] },
    object: pod('a'),
    expected: '/spec/',
  },
  {
    name: '+() means nothing in a pattern and never passes',
    pattern: { spec: { '+(a)': 'b' } },
    object: { spec: { a: 'b' } },
    expected: '/spec/a/',
  },

  {
    name: 'wildcards in label keys',
    pattern: { metadata: { labels: { 'app.kubernetes.io/*': '?*' } } },
    object: pod('a'),
    expected: 'pass',
  },
  {
    name: 'wildcards in label keys that match none',
    pattern: { metadata: { labels: { 'example.com/*': '?*' } } },
    object: pod('a'),
    expected: '/metadata/labels/example.com/*/',
  },
  {
    name: 'wildcards in anchored label keys',
    pattern: { metadata: { '=(labels)': { 'X(app.*/name)': null } } },
    object: pod('a'),
    expected: '/metadata/labels/app.kubernetes.io/name/',
  },
  {
    name: 'a field that only a prototype has is absent',
    pattern: { constructor: '?*' },
    object: {},
    expected: '/constructor/',
  },
];

for (const { name, pattern, object, expected } of CASES) {
  test(`evaluatePattern: ${name}`, () => {
    const outcome = evaluatePattern(pattern, object, new EvaluationBudget());
    assert.equal(outcome.kind === 'fail' ? outcome.path : outcome.kind, expected);
  });
}

test('MNH-06 a pattern nested too deep fails rather than passing or throwing', () => {
  let pattern: JsonObject = { image: '*' };
  let object: JsonObject = { image: 'a' };
  for (let level = 0; level < 50_000; level += 1) {
    pattern = { '(a)': pattern };
    object = { a: object };
  }
  assert.notEqual(
    evaluatePattern({ '=(a)': pattern }, { a: object }, new EvaluationBudget()).kind,
    'pass',
  );
});

test('evaluatePattern answers any pattern on any object', () => {
  const key = fc.constantFrom(
    'a',
    '(a)',
    '<(a)',
    '=(a)',
    'X(a)',
    '^(a)',
    '+(a)',
    'b',
    'metadata',
    'labels',
  );
  const { value: pattern } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<JsonValue>(null, true, 1, '*', '!a', '1-2', '>1', 'a|b&c'),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(key, tie('value'), { maxKeys: 3 }),
    ),
  }));
  const object = fc.dictionary(
    fc.constantFrom('a', 'b', 'metadata', 'labels'),
    fc.jsonValue({ maxDepth: 3 }),
  );
  fc.assert(
    fc.property(pattern, object, (shape, value) => {
      assert.ok(
        ['pass', 'skip', 'fail'].includes(
          evaluatePattern(shape, value, new EvaluationBudget()).kind,
        ),
      );
    }),
    { numRuns: 500 },
  );
});
