import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import type { Condition, ConditionBlock } from '#shared/condition/condition.ts';
import { evaluateConditions } from '#shared/condition/evaluate-conditions.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { FixedScope } from '#shared/condition/fixed-scope.ts';
import { NO_HOST_ADDRESSES } from '#shared/condition/host-addresses.ts';
import { PendingEntry, type Scope } from '#shared/condition/scope.ts';
import { settle } from '#shared/condition/settle.ts';

const SCOPE = new FixedScope({ yes: 'yes', no: 'no', predicate: { severity: 'high' } });

function condition(key: JsonValue, value: JsonValue, message = ''): Condition {
  return { path: '', key, operator: 'Equals', value, message };
}

const T = condition('{{ yes }}', 'yes', 'true');
const T2 = condition('yes', '{{ yes }}', 'also true');
const F = condition('{{ no }}', 'yes', 'false');
const F2 = condition('no', '{{ yes }}', 'also false');
const SILENT = condition('yes', 'yes');
const BROKEN = condition('{{ missing }}', 'yes', 'broken');

function block(any: readonly Condition[] | undefined, all: readonly Condition[]): ConditionBlock {
  return { path: '', any, all };
}

function judge(blocks: readonly ConditionBlock[], scope: Scope = SCOPE) {
  return evaluateConditions(blocks, scope, {
    budget: new EvaluationBudget(),
    clock: { now: () => 0 },
    hosts: NO_HOST_ADDRESSES,
  });
}

/** Rule, blocks, whether they hold, message, keys that decided. Kyverno 1.19 */
const ROWS: readonly (readonly [
  string,
  readonly ConditionBlock[],
  boolean,
  string,
  readonly string[],
])[] = [
  ['no blocks hold', [], true, '', []],
  ['an empty block holds', [block(undefined, [])], true, '', []],
  ['all of one', [block(undefined, [T])], true, 'true', ['yes']],
  ['all of two', [block(undefined, [T, T2])], true, 'true; also true', ['yes', 'yes']],
  ['all with one that fails', [block(undefined, [T, F, F2])], false, 'false', ['no']],
  ['any of one', [block([T], [])], true, 'true', ['yes']],
  ['any of two, the second', [block([F, T2], [])], true, 'also true', ['yes']],
  ['any stops at the first that holds', [block([T, BROKEN], [])], true, 'true', ['yes']],
  ['any of two that fail', [block([F, F2], [])], false, 'false; also false', ['no', 'no']],
  ['any of none fails', [block([], [])], false, '', []],
  ['any and all', [block([T], [T2])], true, 'true; also true', ['yes', 'yes']],
  ['any holds and all fails', [block([T], [F])], false, 'false', ['no']],
  ['any fails and all holds', [block([F], [T])], false, 'false', ['no']],
  ['both fail', [block([F], [F2])], false, 'false; also false', ['no', 'no']],
  ['all stops at the first that fails', [block(undefined, [F, BROKEN])], false, 'false', ['no']],
  [
    'two blocks hold',
    [block(undefined, [T]), block([T2], [])],
    true,
    'true;also true',
    ['yes', 'yes'],
  ],
  [
    'the second block fails',
    [block(undefined, [T]), block(undefined, [F])],
    false,
    'false',
    ['no'],
  ],
  [
    'blocks stop at the first that fails',
    [block(undefined, [F]), block(undefined, [BROKEN])],
    false,
    'false',
    ['no'],
  ],
  ['no message where the author says nothing', [block(undefined, [SILENT])], true, '', ['yes']],
];

for (const [rule, blocks, holds, message, keys] of ROWS) {
  test(`conditions: ${rule}`, () => {
    const outcome = judge(blocks);
    assert.equal(outcome.holds, holds);
    assert.equal(outcome.message, message);
    assert.deepEqual(
      outcome.deciding.map(({ key }) => key),
      keys,
    );
  });
}

test('conditions: say which one decided, with what was compared', () => {
  const [decided] = judge([
    block(undefined, [
      { ...condition('{{ predicate.severity }}', '{{ no }}', 'severity'), path: 'p' },
    ]),
  ]).deciding;
  assert.deepEqual(decided, {
    path: 'p',
    key: 'high',
    operator: 'Equals',
    value: 'no',
    message: 'severity',
    holds: false,
  });
});

for (const [side, broken] of [
  ['key', BROKEN],
  ['value', condition('x', '{{ missing }}')],
] as const) {
  test(`conditions: a variable without a value in a ${side} is an error, never a result`, () => {
    assert.throws(
      () => judge([block([F, broken], [])]),
      (error) =>
        error instanceof ConditionError &&
        error.code === 'UNRESOLVED_VARIABLE' &&
        error.message ===
          `failed to substitute variables in condition ${side}: failed to resolve missing at path : JMESPath query failed: Unknown key "missing" in path`,
    );
  });
}

test('conditions: all is evaluated though any has failed, and its error counts', () => {
  assert.throws(() => judge([block([F], [BROKEN])]), ConditionError);
});

/** A scope whose entries appear when they are fetched. */
class Fetched implements Scope {
  readonly values = new Map<string, JsonValue>();

  lookup(name: string): JsonValue {
    const value = this.values.get(name);
    if (value === undefined) throw new PendingEntry(name);
    return value;
  }

  all(): JsonObject {
    return {};
  }
}

test('settle: fetches what an evaluation needs, in its order, and nothing else', async () => {
  const scope = new Fetched();
  const fetched: string[] = [];
  const result = await settle(() => judge([block([condition('{{ a }}', '{{ b }}')], [])], scope), {
    entries: 3,
    fetchEntry: (name) => {
      fetched.push(name);
      scope.values.set(name, 'same');
      return Promise.resolve();
    },
  });
  assert.equal(result.holds, true);
  assert.deepEqual(fetched, ['a', 'b']);
});

test('settle: an entry that is never there needs itself', async () => {
  const scope = new Fetched();
  let fetched = 0;
  await assert.rejects(
    settle(() => scope.lookup('a'), {
      entries: 2,
      fetchEntry: () => {
        fetched += 1;
        return Promise.resolve();
      },
    }),
    (error) =>
      error instanceof ConditionError &&
      error.code === 'CIRCULAR_VARIABLE' &&
      error.message === 'Cannot evaluate context entry "a": it needs itself',
  );
  assert.equal(fetched, 2);
});

test('settle: errors of the evaluation and of fetching pass through', async () => {
  const failure = new TypeError('broken');
  const fail = (): never => {
    throw failure;
  };
  await assert.rejects(settle(fail, { entries: 1, fetchEntry: () => Promise.resolve() }), failure);
  await assert.rejects(
    settle(() => new Fetched().lookup('a'), {
      entries: 1,
      fetchEntry: () => Promise.reject(failure),
    }),
    failure,
  );
});

test('settle: stops with the reason of the signal', async () => {
  const controller = new AbortController();
  const reason = new Error('too late');
  const scope = new Fetched();
  await assert.rejects(
    settle(() => scope.lookup('a'), {
      entries: 5,
      signal: controller.signal,
      fetchEntry: () => {
        controller.abort(reason);
        return Promise.resolve();
      },
    }),
    reason,
  );
});
