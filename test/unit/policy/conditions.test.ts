import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, formatFault } from '#shared/base/fault.ts';
import type { JsonValue } from '#shared/base/json-value.ts';
import type { Conditions } from '#shared/condition/condition.ts';
import { Fields } from '#shared/policy/fields.ts';
import { readConditions } from '#shared/policy/read-conditions.ts';

interface Read {
  readonly conditions: Conditions | undefined;
  readonly faults: readonly string[];
}

function read(preconditions: JsonValue): Read {
  const faults: Fault[] = [];
  const fields = new Fields({ preconditions }, 'spec', faults);
  const conditions = readConditions(fields, 'preconditions');
  fields.end();
  return {
    conditions,
    faults: faults.map((fault) => `${fault.severity} ${formatFault(fault)}`),
  };
}

test('conditions of attestations: an empty any says nothing', () => {
  const faults: Fault[] = [];
  const owner = new Fields({ conditions: [{ any: [], all: [TWO] }, { any: [] }] }, 'a', faults);
  const conditions = readConditions(owner, 'conditions', 'nothing');
  assert.deepEqual(
    conditions?.map(({ any, all }) => [any, all.length]),
    [
      [undefined, 1],
      [undefined, 0],
    ],
  );
  assert.deepEqual(faults.map(formatFault), [
    'a.conditions[0].any: is empty and says nothing: "all" decides',
    'a.conditions[1]: says nothing, so it always holds; expected "any" or "all"',
  ]);
});

const ONE = { key: '{{ request.operation }}', operator: 'Equals', value: 'CREATE' };
const TWO = { key: 'x', operator: 'AnyIn', value: ['x', 'y'], message: 'not x' };

test('conditions: reads a block with any and all', () => {
  const { conditions, faults } = read({ any: [ONE], all: [TWO] });
  assert.deepEqual(faults, []);
  assert.deepEqual(conditions, [
    {
      path: 'spec.preconditions',
      any: [{ ...ONE, path: 'spec.preconditions.any[0]', message: '' }],
      all: [{ ...TWO, path: 'spec.preconditions.all[0]' }],
    },
  ]);
});

test('conditions: reads a list of blocks, which all must hold', () => {
  const { conditions, faults } = read([{ any: [ONE] }, { all: [TWO] }]);
  assert.deepEqual(faults, []);
  assert.deepEqual(
    conditions?.map(({ path, any, all }) => [path, any?.length, all.length]),
    [
      ['spec.preconditions[0]', 1, 0],
      ['spec.preconditions[1]', undefined, 1],
    ],
  );
});

test('conditions: reads the deprecated plain list as one block with all of them', () => {
  const { conditions, faults } = read([ONE, TWO]);
  assert.deepEqual(faults, [
    'warning spec.preconditions: a plain list is deprecated, write it below "all"',
  ]);
  assert.equal(conditions?.length, 1);
  assert.equal(conditions[0]?.any, undefined);
  assert.equal(conditions[0]?.all.length, 2);
});

test('conditions: there are none where the field is not there', () => {
  assert.deepEqual(read(null), { conditions: undefined, faults: [] });
});

test('conditions: values keep their types, false and zero and empty text included', () => {
  for (const value of [false, 0, '', [], {}, 1.5]) {
    const { conditions, faults } = read({ all: [{ key: value, operator: 'Equals', value }] });
    assert.deepEqual(faults, []);
    assert.deepEqual(conditions?.[0]?.all[0]?.value, value);
    assert.deepEqual(conditions?.[0]?.all[0]?.key, value);
  }
});

const AT = 'spec.preconditions';

/** Rule, what is written, its faults. */
const FAULTS: readonly (readonly [string, JsonValue, readonly string[]])[] = [
  [
    'an operator that is misspelt',
    { all: [{ ...TWO, operator: 'AnyInn' }] },
    [`error ${AT}.all[0].operator: found "AnyInn", did you mean "AnyIn"?`],
  ],
  [
    'an operator in lower case',
    { all: [{ ...TWO, operator: 'anyin' }] },
    [`error ${AT}.all[0].operator: found "anyin", did you mean "AnyIn"?`],
  ],
  [
    'an operator that is unlike any',
    { all: [{ ...TWO, operator: '==' }] },
    [
      `error ${AT}.all[0].operator: found "==", expected "Equals", "NotEquals", "AnyIn", "AllIn", "AnyNotIn", "AllNotIn", "GreaterThan", "GreaterThanOrEquals", "LessThan" or "LessThanOrEquals"`,
    ],
  ],
  [
    'an operator that is deprecated',
    { all: [{ ...TWO, operator: 'NotIn' }] },
    [`warning ${AT}.all[0].operator: deprecated, write "AllNotIn" or "AnyNotIn" instead`],
  ],
  [
    'an operator for durations',
    { all: [{ ...TWO, operator: 'DurationGreaterThan' }] },
    [`warning ${AT}.all[0].operator: deprecated, write "GreaterThan" instead`],
  ],
  [
    'everything missing, all at once',
    { any: [{}] },
    [
      `error ${AT}.any[0].operator: missing, expected "Equals", "NotEquals", "AnyIn", "AllIn", "AnyNotIn", "AllNotIn", "GreaterThan", "GreaterThanOrEquals", "LessThan" or "LessThanOrEquals"`,
      `error ${AT}.any[0].key: missing, expected what is compared`,
      `error ${AT}.any[0].value: missing, expected what is compared`,
    ],
  ],
  [
    'an unknown field in a condition',
    { any: [{ ...TWO, mesage: 'x' }] },
    [`error ${AT}.any[0].mesage: unknown field, did you mean "message"?`],
  ],
  ['an unknown field in a block', { any: [TWO], or: [] }, [`error ${AT}.or: unknown field`]],
  ['a text', 'always', [`error ${AT}: found the string "always", expected a mapping`]],
  ['a list of texts', ['x'], [`error ${AT}[0]: found the string "x", expected a mapping`]],
  [
    'any that is no list',
    { any: TWO },
    [`error ${AT}.any: found a mapping, expected a list of mappings`],
  ],
  [
    'blocks and conditions in one list',
    [{ any: [TWO] }, TWO],
    [
      `error ${AT}: found blocks and conditions in one list, expected one of both`,
      `error ${AT}[0].operator: missing, expected "Equals", "NotEquals", "AnyIn", "AllIn", "AnyNotIn", "AllNotIn", "GreaterThan", "GreaterThanOrEquals", "LessThan" or "LessThanOrEquals"`,
      `error ${AT}[0].any: unknown field`,
      `error ${AT}[0].key: missing, expected what is compared`,
      `error ${AT}[0].value: missing, expected what is compared`,
    ],
  ],
  [
    'an empty block',
    {},
    [`warning ${AT}: says nothing, so it always holds; expected "any" or "all"`],
  ],
  [
    'an empty any',
    { any: [] },
    [`warning ${AT}.any: none of no conditions holds, so this never does`],
  ],
  [
    'variables that are no expressions, wherever they stand',
    {
      all: [{ key: ['{{ a. }}'], operator: 'Equals', value: { x: '{{ }}' }, message: '{{ b[ }}' }],
    },
    [
      `error ${AT}.all[0].key[0]: Cannot parse expression "a." at character 3: found the end, expected a field, "[" or "{"`,
      `error ${AT}.all[0].value.x: Cannot read a variable: it is empty`,
      `error ${AT}.all[0].message: Cannot parse expression "b[" at character 3: found the end, expected a number, ":" or "*"`,
    ],
  ],
  [
    'an operation that does not exist',
    { all: [{ ...ONE, value: ['CREATE', 'APPLY'] }] },
    [`error ${AT}.all[0].value: found "APPLY", expected "CREATE", "UPDATE", "DELETE" or "CONNECT"`],
  ],
  ['an operation from a variable', { all: [{ ...ONE, value: '{{ cm.data.operation }}' }] }, []],
];

for (const [rule, written, expected] of FAULTS) {
  test(`conditions: reports ${rule}`, () => assert.deepEqual(read(written).faults, expected));
}
