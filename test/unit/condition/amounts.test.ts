import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { JsonValue } from '#shared/base/json-value.ts';
import { compareText } from '#shared/condition/compare-text.ts';
import { deepEqual } from '#shared/condition/deep-equal.ts';
import { MAX_DURATION, parseDuration, parseNanoseconds } from '#shared/condition/duration.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { formatDuration } from '#shared/condition/format-duration.ts';
import { formatQuantity } from '#shared/condition/format-quantity.ts';
import { formatNumber32 } from '#shared/condition/function/format-number.ts';
import { formatGoJson } from '#shared/condition/go-json.ts';
import { parseExactQuantity, parseQuantity } from '#shared/condition/quantity.ts';

/** As written, in the canonical form of Kubernetes. */
const QUANTITIES: readonly (readonly [written: string, canonical: string])[] = [
  ['0', '0'],
  ['0.0Ki', '0'],
  ['1', '1'],
  ['-1', '-1'],
  ['+1', '1'],
  ['01', '1'],
  ['1.', '1'],
  ['.5', '500m'],
  ['1000', '1k'],
  ['1500', '1500'],
  ['1e3', '1e3'],
  ['1E3', '1e3'],
  ['1e2', '100'],
  ['12e-4', '1200e-6'],
  ['1E', '1E'],
  ['1000m', '1'],
  ['1024', '1024'],
  ['1Ki', '1Ki'],
  ['1024Ki', '1Mi'],
  ['1.5Gi', '1536Mi'],
  ['0.5Ki', '512'],
  ['0.1Ki', '102400m'],
  ['0.0001Ki', '102400u'],
  ['1000Ki', '1000Ki'],
  ['0.1n', '1n'],
  ['1.0000000001', '1000000001n'],
  ['9Ei', '9223372036854775807'],
  ['-0.5', '-500m'],
];

for (const [written, canonical] of QUANTITIES) {
  test(`quantity: ${written} is ${canonical}`, () => {
    const quantity = parseExactQuantity(written);
    assert.ok(quantity !== undefined);
    assert.equal(formatQuantity(quantity), canonical);
  });
}

const NO_QUANTITIES = [
  '',
  '.',
  '-',
  'Ki',
  'm',
  '1kk',
  '1 k',
  '1K',
  '1e',
  '1e1.5',
  '1ki',
  '0x1',
  '1e101',
];

for (const written of [...NO_QUANTITIES, '1'.repeat(65)]) {
  test(`quantity: ${JSON.stringify(written)} is none`, () => {
    assert.equal(parseExactQuantity(written), undefined);
    assert.equal(parseQuantity(written), undefined);
  });
}

test('quantity: the same amount gives the same number however it is written', () => {
  for (const [left, right] of [
    ['1500m', '1.5'],
    ['0.1', '100m'],
    ['1.1Gi', '1181116006400m'],
    ['0.3', '300000u'],
  ] as const)
    assert.equal(parseQuantity(left), parseQuantity(right), left);
});

test('quantity: the canonical form is the same amount', () => {
  const suffix = fc.constantFrom(
    '',
    'n',
    'u',
    'm',
    'k',
    'M',
    'G',
    'Ki',
    'Mi',
    'Gi',
    'Ti',
    'e3',
    'e-6',
  );
  const written = fc
    .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.nat(999), suffix)
    .map(([whole, fraction, unit]) => `${whole}.${fraction}${unit}`);
  fc.assert(
    fc.property(written, (text) => {
      const quantity = parseExactQuantity(text);
      assert.ok(quantity !== undefined);
      assert.equal(parseQuantity(formatQuantity(quantity)), parseQuantity(text));
    }),
    { numRuns: 200, seed: 7 },
  );
});

/** Nanoseconds, as Go writes them. */
const DURATIONS: readonly (readonly [nanoseconds: bigint, written: string])[] = [
  [0n, '0s'],
  [1n, '1ns'],
  [1100n, '1.1µs'],
  [2_200_000n, '2.2ms'],
  [3_300_000_000n, '3.3s'],
  [60_000_000_000n, '1m0s'],
  [245_000_000_000n, '4m5s'],
  [18_367_001_000_000n, '5h6m7.001s'],
  [480_000_000_001n, '8m0.000000001s'],
  [-90_000_000_000n, '-1m30s'],
  [MAX_DURATION, '2562047h47m16.854775807s'],
];

for (const [nanoseconds, written] of DURATIONS) {
  test(`duration: ${written}`, () => {
    assert.equal(formatDuration(nanoseconds), written);
    assert.equal(parseNanoseconds(written), nanoseconds);
  });
}

test('duration: other text is none', () => {
  for (const text of ['', '0', '1', '1d', '1h 1m', 's', '.s', '1.2.3s', '--1s', '2562048h', '1H'])
    assert.equal(parseDuration(text), undefined, text);
});

test('compareText: orders as UTF-8 bytes are ordered', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, (left, right) => {
      assert.equal(compareText(left, right), Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }),
    { numRuns: 200, seed: 7 },
  );
  assert.equal(compareText('\u{ffff}', '\u{10000}'), -1);
});

/** A value, and Go's JSON of it. */
const GO_JSON: readonly (readonly [value: JsonValue, json: string])[] = [
  [null, 'null'],
  ['a"\n', '"a\\"\\n"'],
  ['<a&b>\u2028', '"\\u003ca\\u0026b\\u003e\\u2028"'],
  [1e21, '1e+21'],
  [0.1, '0.1'],
  [{ b: [1, { d: 1, c: 2 }], a: {} }, '{"a":{},"b":[1,{"c":2,"d":1}]}'],
  [{ '\u{1f600}': 1, '\u{ff5e}': 2, '<': 3 }, '{"\\u003c":3,"\u{ff5e}":2,"\u{1f600}":1}'],
];

for (const [value, json] of GO_JSON) {
  test(`formatGoJson: ${json}`, () => {
    assert.equal(formatGoJson(value, new EvaluationBudget()), json);
  });
}

test('formatGoJson and deepEqual: charge for each value', () => {
  const wide = Array.from({ length: 100 }, (_, index) => index);
  const expected = { code: 'TOO_EXPENSIVE' };
  assert.throws(() => formatGoJson(wide, new EvaluationBudget(50)), expected);
  assert.throws(() => deepEqual(wide, [...wide], new EvaluationBudget(50)), expected);
  assert.throws(() => formatGoJson('x'.repeat(6400), new EvaluationBudget(50)), expected);
});

test('formatGoJson and deepEqual: stop in a value that is nested too deep', () => {
  const nested = (): JsonValue => {
    let value: JsonValue = 1;
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];
    return value;
  };
  const expected = { code: 'TOO_EXPENSIVE', message: /nested deeper than 1000 levels/ };
  assert.throws(() => formatGoJson(nested(), new EvaluationBudget()), expected);
  assert.throws(() => deepEqual(nested(), nested(), new EvaluationBudget()), expected);
});

/** A number, as a function that takes text sees it: 32 bits, no exponent. */
const NUMBERS: readonly (readonly [value: number, text: string])[] = [
  [0, '0'],
  [8080, '8080'],
  [-1.5, '-1.5'],
  [0.1, '0.1'],
  [1e-7, '0.0000001'],
  [1e21, '1000000000000000000000'],
  [16_777_217, '16777216'],
  [123_456_789.5, '123456790'],
];

for (const [value, text] of NUMBERS) {
  test(`formatNumber32: ${value} is ${text}`, () => {
    assert.equal(formatNumber32(value), text);
  });
}
