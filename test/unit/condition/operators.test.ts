import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '#shared/base/json-value.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import {
  CONDITION_OPERATORS,
  type ConditionOperator,
} from '#shared/condition/operator/condition-operator.ts';
import { holds } from '#shared/condition/operator/holds.ts';

/** Key, value, whether the operator holds. */
type Row = readonly [JsonValue, JsonValue, boolean];

interface Table {
  readonly rule: string;
  readonly operator: ConditionOperator;
  readonly rows: readonly Row[];
}

const IPS = ['1.1.1.1', '2.2.2.2', '3.3.3.3'];

/** Kyverno 1.19, its own unit tests and what was seen of it. */
const TABLES: readonly Table[] = [
  {
    rule: 'a key of one type is compared with a value of the same',
    operator: 'Equals',
    rows: [
      ['string', 'string', true],
      ['string', 'not string', false],
      ['String', 'string', false],
      ['', '', true],
      [1, 1, true],
      [1, 2, false],
      [1.5, 1.5, true],
      [-0, 0, true],
      [true, true, true],
      [true, false, false],
      [false, false, true],
    ],
  },
  {
    rule: 'numbers equal their text, but no text equals a number, and booleans equal booleans only',
    operator: 'Equals',
    rows: [
      [8, '8', true],
      [8, '8.0', true],
      [8, '9', false],
      [8, 'eight', false],
      [8, '', false],
      [1000, '1k', false],
      [3600, '1h', false],
      ['8', 8, false],
      ['1.5', 1.5, false],
      [8, '1_0', false],
      [10, '1_0', true],
      [true, 'true', false],
      [true, 'false', false],
      [false, 'false', false],
      [true, 'True', false],
      ['true', true, false],
      [true, 1, false],
      [0, false, false],
      [1, [1], false],
    ],
  },
  {
    rule: 'text is compared as durations where one side is one and the other a duration or a number of seconds',
    operator: 'Equals',
    rows: [
      ['1h', '1h', true],
      ['1h', '60m', true],
      ['1h', '1h0m0s', true],
      ['1h', '5h', false],
      ['1h', 3600, true],
      ['2h', 3600, false],
      ['1.5s', '1500ms', true],
      ['1s', 1.9, true],
      ['0s', '0m', true],
      ['0s', 0, true],
      ['0s', '-0', true],
      ['-1m', '-60s', true],
    ],
  },
  {
    rule: '"0" is no duration, and days do not exist',
    operator: 'Equals',
    rows: [
      ['0', '0s', false],
      ['0', '0', true],
      ['2d', '48h', false],
      ['2d', '2d', true],
      ['1h', 'soon', false],
    ],
  },
  {
    rule: 'text is compared as quantities where the key is one',
    operator: 'Equals',
    rows: [
      ['1024', '1Ki', true],
      ['1Ki', '1024', true],
      ['1Gi', '1024Mi', true],
      ['10Gi', '1024Mi', false],
      ['100m', '0.1', true],
      ['1', '1.0', true],
      ['1k', '1e3', true],
    ],
  },
  {
    rule: 'a key that is a quantity is not compared with patterns',
    operator: 'Equals',
    rows: [
      ['1.5', '1.*', false],
      ['8', '*', false],
      ['100', '1??', false],
    ],
  },
  {
    rule: 'other text is compared with the value as a wildcard pattern',
    operator: 'Equals',
    rows: [
      ['nginx', 'ng*', true],
      ['nginx', 'ng?nx', true],
      ['nginx', '*', true],
      ['nginx', 'ap*', false],
      ['ng*', 'nginx', false],
      ['1.5.2', '1.5.2', true],
      ['1.5.2', '1.5.*', true],
      ['1.5.0', '1.5.5', false],
      ['ghcr.io/a/b:v1', 'ghcr.io/*', true],
      ['', '*', true],
      ['', '?*', false],
      ['["a"]', '["a"]', true],
      ['["a"]', 'a', false],
    ],
  },
  {
    rule: 'lists and mappings are compared deeply, lists in order',
    operator: 'Equals',
    rows: [
      [['foo', 'bar'], ['foo', 'bar'], true],
      [['foo', 'bar'], ['bar', 'foo'], false],
      [['foo'], ['foo', 'bar'], false],
      [[], [], true],
      [{ foo: 'bar' }, { foo: 'bar' }, true],
      [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
      [{ foo: 'bar' }, { bar: 'foo' }, false],
      [{ foo: 'bar' }, { foo: 'b*' }, false],
      [[{ foo: 'bar' }], [{ foo: 'bar' }], true],
      [['1'], [1], false],
      [[], {}, false],
      [{}, '{}', false],
      [['a'], 'a', false],
    ],
  },
  {
    rule: 'a key of null equals nothing',
    operator: 'Equals',
    rows: [
      [null, null, false],
      [null, '', false],
      [null, 'null', false],
      ['', null, false],
    ],
  },
  {
    rule: 'is true where two things differ, by value or by type',
    operator: 'NotEquals',
    rows: [
      ['string', 'string', false],
      ['string', 'not string', true],
      ['nginx', 'ng*', false],
      [1, 1, false],
      [1, 2, true],
      [1, '1', false],
      [1, '2', true],
      [1, 'one', true],
      ['1', 1, true],
      [true, 'true', true],
      [true, 'false', true],
      [true, 'yes', true],
      ['true', true, true],
      ['1024', '1Ki', false],
      ['1023', '1Ki', true],
      ['1024', 'x', true],
      ['8', '', true],
      ['1h', '60m', false],
      ['1h', '5h', true],
      ['1h', 3600, false],
      ['string', 1, true],
      ['string', ['string'], true],
      [['a'], ['a'], false],
      [['a'], 'a', true],
      [{ a: 1 }, { a: 1 }, false],
      [{ a: 1 }, [1], true],
    ],
  },
  {
    rule: 'a key of null differs from nothing',
    operator: 'NotEquals',
    rows: [
      [null, null, false],
      [null, 'x', false],
    ],
  },
  {
    rule: 'is Equals',
    operator: 'Equal',
    rows: [
      ['a', 'a', true],
      ['a', 'b', false],
    ],
  },
  {
    rule: 'is NotEquals',
    operator: 'NotEqual',
    rows: [
      ['a', 'a', false],
      ['a', 'b', true],
    ],
  },
  {
    rule: 'numbers and their texts are compared by size',
    operator: 'GreaterThan',
    rows: [
      [10, 1, true],
      [1, 10, false],
      [1, 1, false],
      [1.5, 1, true],
      [100, '10', true],
      ['100', '10', true],
      ['100', 10, true],
      ['10', '100', false],
      [10, 'ten', false],
      ['ten', 1, false],
      ['1e1', 9, true],
      ['inf', 9, true],
      ['-inf', 9, false],
      ['nan', 9, false],
      ['inf', '1h', false],
    ],
  },
  {
    rule: 'quantities are compared where both are text',
    operator: 'GreaterThan',
    rows: [
      ['10Gi', '1Gi', true],
      ['1Gi', '1Mi', true],
      ['1Mi', '1Gi', false],
      ['1Gi', 1, false],
      ['1', '500m', true],
    ],
  },
  {
    rule: 'durations are compared where at least one side is written as one',
    operator: 'GreaterThan',
    rows: [
      ['10h', '1h', true],
      ['30m', '1h', false],
      ['1h', 1800, true],
      [7200, '1h', true],
      [1800, '1h', false],
      ['5', '10s', false],
      ['15', '10s', true],
      ['1h', '5', false],
    ],
  },
  {
    rule: 'semantic versions are compared where both are text',
    operator: 'GreaterThan',
    rows: [
      ['1.5.5', '1.5.0', true],
      ['1.5.0', '1.5.5', false],
      ['1.10.0', '1.9.0', true],
      ['1.0.0', '1.0.0-rc.1', true],
      ['1.0.0-rc.2', '1.0.0-rc.10', false],
      ['1.0.0-alpha.1', '1.0.0-alpha', true],
      ['1.0.0-beta', '1.0.0-2', true],
      ['1.0.0+b', '1.0.0+a', false],
      ['v1.5.5', 'v1.5.0', false],
      ['1.5.5', 1, false],
      ['1.05.5', '1.0.0', false],
    ],
  },
  {
    rule: 'what has no order is not greater',
    operator: 'GreaterThan',
    rows: [
      [true, false, false],
      [null, 0, false],
      [[2], [1], false],
      [{ a: 2 }, 1, false],
      [1, null, false],
      [1, true, false],
      ['b', 'a', false],
    ],
  },
  {
    rule: 'equal sizes count',
    operator: 'GreaterThanOrEquals',
    rows: [
      ['inf', 'inf', true],
      [1, 1, true],
      [0, 1, false],
      ['1Ki', '1024', true],
      ['1h', '60m', true],
      ['1.5.5', '1.5.5', true],
      ['1.5.0', '1.5.5', false],
      ['a', 'a', false],
    ],
  },
  {
    rule: 'smaller sizes count',
    operator: 'LessThan',
    rows: [
      [1, 10, true],
      [1, 1, false],
      ['1Gi', '10Gi', true],
      ['30m', '1h', true],
      ['1.5.0', '1.5.5', true],
      ['a', 'b', false],
    ],
  },
  {
    rule: 'smaller and equal sizes count',
    operator: 'LessThanOrEquals',
    rows: [
      [10, 1, false],
      [1, 1.5, true],
      ['1024', '1Ki', true],
      ['1Ki', '1025', true],
      ['2h', 3600, false],
      ['1h', 3600, true],
      ['167h59m', '168h', true],
      ['168h0m1s', '168h', false],
      ['x', 'x', false],
    ],
  },
  {
    rule: 'durations and whole seconds only',
    operator: 'DurationGreaterThan',
    rows: [
      ['10h', '1h', true],
      ['1h', '10h', false],
      [3601, '1h', true],
      ['1h', 3599, true],
      [2, 1, true],
      [1.9, 1, false],
      ['1s', '0', true],
      ['10', '1', false],
      ['1Gi', '1Mi', false],
      [true, false, false],
    ],
  },
  {
    rule: 'equal durations count',
    operator: 'DurationGreaterThanOrEquals',
    rows: [
      ['1h', '60m', true],
      ['59m', '1h', false],
    ],
  },
  {
    rule: 'shorter durations count',
    operator: 'DurationLessThan',
    rows: [
      ['59m', '1h', true],
      ['1h', '1h', false],
    ],
  },
  {
    rule: 'shorter and equal durations count',
    operator: 'DurationLessThanOrEquals',
    rows: [
      ['1h', 3600, true],
      ['1h', 3599, false],
    ],
  },
  {
    rule: 'a single key is looked for in a list, patterns on both sides',
    operator: 'AnyIn',
    rows: [
      ['1', ['1', '2'], true],
      [1, ['1', '2'], true],
      ['1', [1, 2], true],
      [1.5, [1, 1.5], true],
      [true, ['true'], true],
      ['5', ['1', '2'], false],
      ['1.1.1.1', ['1*'], true],
      ['1*', ['1.1.1.1'], true],
      ['a', [], false],
    ],
  },
  {
    rule: 'one item of a list is enough',
    operator: 'AnyIn',
    rows: [
      [['1.1.1.1', '5.5.5.5'], IPS, true],
      [['4.4.4.4', '5.5.5.5'], IPS, false],
      [['1.1.1.1', '5.5.5.5'], '1.1.1.1', true],
      [['1*'], IPS, true],
      [['5*'], IPS, false],
      [['1.1.1.1', '2.2.2.2'], ['2*'], true],
      [[1, 5], [1, 2], true],
      [[5], [1, 2], false],
      [[], IPS, false],
      [[1, 5], 5, true],
      [[true], true, true],
    ],
  },
  {
    rule: 'a value in one text may be a pattern, a range, or a list in JSON',
    operator: 'AnyIn',
    rows: [
      ['nginx', 'ng*', true],
      ['ng*', 'nginx', false],
      ['5', '1-10', true],
      [5, '1-10', true],
      [10, '1-10', true],
      [11, '1-10', false],
      ['5m', '1m-1h', true],
      ['512Mi', '1Mi-1Gi', true],
      ['x', '1-10', false],
      [[1, 5], '7-10', false],
      [[1, 5], '0-10', true],
      [['x'], '0-10', false],
      [[1.002, 1.222], '1.001-10', true],
      [-3, '-5--1', true],
      ['a', '["a","b"]', true],
      ['a*', '["ab"]', false],
      [['a*'], '["ab"]', true],
      ['c', '["a","b"]', false],
      ['a', '[1]', false],
      ['8', '8', true],
      ['9', '8', false],
      ['null', 'null', true],
      ['x', 'null', false],
      ['', '[null]', true],
    ],
  },
  {
    rule: 'a list in JSON in the key is one text',
    operator: 'AnyIn',
    rows: [
      ['["a","b"]', ['a', 'b'], false],
      ['["a","b"]', ['["a","b"]'], true],
    ],
  },
  {
    rule: 'other types are in nothing',
    operator: 'AnyIn',
    rows: [
      [null, ['null'], false],
      [{ a: 1 }, ['a'], false],
      ['a', { a: 1 }, false],
      ['a', null, false],
      [5, 5, false],
      [true, true, false],
    ],
  },
  {
    rule: 'every item must be there',
    operator: 'AllIn',
    rows: [
      [['1.1.1.1', '2.2.2.2'], IPS, true],
      [['1.1.1.1', '5.5.5.5'], IPS, false],
      [['1*'], IPS, true],
      [['2.1.1.1', '2.2.2.2'], ['2*'], true],
      [['1.1.1.1', '5.5.5.5'], '5.5.5.5', false],
      [['5.5.5.5'], '5.5.5.5', true],
      ['1.1.1.1', IPS, true],
      [5, '1-10', true],
      [[3, 2], '1-10', true],
      [[3, 2], '5-10', false],
      [['x'], '1-10', false],
      [[1], 1, false],
      [[], IPS, true],
      [['a', 'b'], '["a","b"]', true],
    ],
  },
  {
    rule: 'one item that is missing is enough',
    operator: 'AnyNotIn',
    rows: [
      [1, [1, 2, 3], false],
      ['5', ['1', '2'], true],
      [['1.1.1.1', '2.2.2.2'], IPS, false],
      [['1.1.1.1', '4.4.4.4'], IPS, true],
      [['5.5.5.5', '4.4.4.4'], '4.4.4.4', true],
      [['1*', '5*'], IPS, true],
      [['2.2*'], ['2.2.2.2'], false],
      [['1.1.1.1', '2.2.2.2'], ['2*'], true],
      [[], IPS, false],
      ['5', '1-3', true],
      ['x', '1-3', true],
      [[1, 5, 11], '0-10', true],
      [[1, 5, 7], '0-10', false],
      [['x'], '0-10', false],
      [['-3'], '1m-1h', true],
      [[1], 1, false],
      [[2], 1, true],
      ['9', '8', false],
      ['c', '["a","b"]', true],
      ['a', null, false],
      [null, ['a'], false],
    ],
  },
  {
    rule: 'no item may be there',
    operator: 'AllNotIn',
    rows: [
      [1, [1, 2, 3], false],
      [5, [1, 2, 3], true],
      [['1.1.1.1', '4.4.4.4'], IPS, false],
      [['5.5.5.5', '4.4.4.4'], IPS, true],
      [['7*', '6*'], IPS, true],
      [['1*', '9*'], IPS, false],
      [['1.1.1.1', '3.3.3.3'], ['2*'], true],
      [['4.1.1.1'], ['4*'], false],
      [['1.1.1.1'], '2.2.2.2', true],
      [['2.2.2.2'], '2.2.2.2', false],
      [5.5, '6-10', true],
      ['5', '1-6', false],
      [[3, 2], '5-10', true],
      [[2, 6], '5-10', false],
      [['x'], '5-10', true],
      [[], IPS, true],
      ['9', '8', false],
      [['9'], '8', false],
      ['1.9.0', '["1.5","1.6"]', true],
      ['1.5', '["1.5","1.6"]', false],
      ['a', { a: 1 }, false],
      [null, ['a'], false],
    ],
  },
  {
    rule: 'a single key in a list, with patterns; of a list of keys all, without',
    operator: 'In',
    rows: [
      [1, [1, 2, 3], true],
      [5, [1, 2, 3], false],
      ['1.1.1.1', ['1*'], true],
      ['nginx', 'ng*', true],
      ['nginx', 'apache', false],
      ['a', '["a","b"]', true],
      ['c', '["a","b"]', false],
      [['1.1.1.1', '2.2.2.2'], IPS, true],
      [['1.1.1.1', '4.4.4.4'], IPS, false],
      [['1*'], IPS, false],
      [['a'], 'a', true],
      [['a', 'b'], '["b","a"]', true],
      [['a'], ['a', 1], false],
      [[1], [1], false],
      [5, '1-10', false],
      [null, ['a'], false],
      ['a', { a: 1 }, false],
    ],
  },
  {
    rule: 'a single key not in a list, never for plain text; of a list of keys one, without patterns',
    operator: 'NotIn',
    rows: [
      [1, [1, 2, 3], false],
      [5, [1, 2, 3], true],
      ['c', '["a","b"]', true],
      ['a', '["a","b"]', false],
      ['a', 'b', false],
      ['a', 'b*', false],
      [['1.1.1.1', '2.2.2.2'], IPS, false],
      [['1.1.1.1', '4.4.4.4'], IPS, true],
      [['1*'], IPS, true],
      [null, ['a'], false],
    ],
  },
  {
    rule: 'is never true for a value that is plain text',
    operator: 'NotIn',
    rows: [
      ['a', 'b', false],
      ['a', 'a', false],
      [['a'], 'a', false],
      [['a'], 'b', false],
      [5, '1-3', false],
    ],
  },
];

for (const { rule, operator, rows } of TABLES) {
  test(`condition operators: ${operator}: ${rule}`, () => {
    for (const [key, value, expected] of rows) {
      const found = holds({ operator, key, value }, new EvaluationBudget());
      assert.equal(found, expected, `${JSON.stringify(key)} ${operator} ${JSON.stringify(value)}`);
    }
  });
}

test('condition operators: every operator has rows that hold and rows that do not', () => {
  for (const operator of CONDITION_OPERATORS) {
    const rows = TABLES.filter((table) => table.operator === operator).flatMap(({ rows }) => rows);
    assert.deepEqual(
      new Set(rows.map(([, , expected]) => expected)),
      new Set([true, false]),
      operator,
    );
  }
});

test('condition operators: compare no longer than the budget allows (hostile key and value)', () => {
  const key = `*${'a'.repeat(50_000)}b`;
  const value = 'a'.repeat(100_000);
  const isTooExpensive = (error: unknown): boolean =>
    error instanceof ConditionError && error.code === 'TOO_EXPENSIVE';
  for (const operator of ['AnyIn', 'AllNotIn'] as const) {
    assert.throws(
      () => holds({ operator, key: [key], value: [value] }, new EvaluationBudget()),
      isTooExpensive,
    );
  }
});
