import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { JsonValue } from '#shared/base/json-value.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { FixedScope } from '#shared/condition/fixed-scope.ts';
import { NO_HOST_ADDRESSES } from '#shared/condition/host-addresses.ts';
import {
  CONDITION_OPERATORS,
  type ConditionOperator,
} from '#shared/condition/operator/condition-operator.ts';
import { holds } from '#shared/condition/operator/holds.ts';
import { substitute } from '#shared/condition/variables/substitute.ts';
import { parseTemplate, type TemplatePart } from '#shared/condition/variables/template.ts';
import { Fields } from '#shared/policy/fields.ts';
import { readConditions } from '#shared/policy/read-conditions.ts';
import { readContext } from '#shared/policy/read-context.ts';

const RUNS = { numRuns: 300 };

/** Texts that mean something to the operators, and any other. */
const word = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '8',
    '1.5',
    '1h',
    '60m',
    '1Ki',
    '1024',
    '1-10',
    '*',
    'a*',
    '["a"]',
    '[1]',
  ),
  fc.constantFrom('null', 'true', '1.2.3', '1.2.3-rc.1', '5', 'a', '{}', '-1--5', '2d'),
  fc.string({ maxLength: 8 }),
);
const leaf = fc.oneof(
  word,
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 4 }),
  fc.dictionary(fc.string({ maxLength: 3 }), leaf, { maxKeys: 2 }),
) as fc.Arbitrary<JsonValue>;

function judge(operator: ConditionOperator, key: JsonValue, other: JsonValue): boolean {
  return holds({ operator, key, value: other }, new EvaluationBudget());
}

test('condition properties: every operator gives an answer for any two values', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CONDITION_OPERATORS), value, value, (operator, key, other) => {
      assert.equal(typeof judge(operator, key, other), 'boolean');
    }),
    { numRuns: 2000 },
  );
});

test('condition properties: opposite operators never hold together', () => {
  const opposites = [
    ['Equals', 'NotEquals'],
    ['GreaterThan', 'LessThanOrEquals'],
    ['LessThan', 'GreaterThanOrEquals'],
    ['GreaterThan', 'LessThan'],
    ['AnyIn', 'AllNotIn'],
    ['AllIn', 'AnyNotIn'],
    ['In', 'NotIn'],
  ] as const;
  fc.assert(
    fc.property(fc.constantFrom(...opposites), value, value, ([one, other], key, wanted) => {
      assert.ok(!(judge(one, key, wanted) && judge(other, key, wanted)));
    }),
    { numRuns: 2000 },
  );
});

test('condition properties: a key either equals a value or differs from it, unless it is null', () => {
  fc.assert(
    fc.property(value, value, (key, other) => {
      const answers = [judge('Equals', key, other), judge('NotEquals', key, other)];
      assert.equal(answers.filter(Boolean).length, key === null ? 0 : 1);
    }),
    RUNS,
  );
});

/** How often Kyverno 1.19 finds a variable: its expression, innermost first, until there is none. */
function variablesOfKyverno(text: string): number {
  const pattern = /(^|[^\\])\{\{((?:\{[^{}]*\}|[^{}])*)\}\}/;
  let count = 0;
  for (let rest = text; pattern.test(rest); count += 1) rest = rest.replace(pattern, '$1V');
  return count;
}

function variablesOf(parts: readonly TemplatePart[]): number {
  return parts.reduce<number>(
    (count, part) => count + (typeof part === 'string' ? 0 : 1 + variablesOf(part.parts)),
    0,
  );
}

test('condition properties: texts of braces hold the variables that Kyverno finds, or are refused', () => {
  const piece = fc.constantFrom('{{', '}}', '{', '}', 'a', '\\', ' a ', '{{ a }}', '{{ a.');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      const text = pieces.join('');
      try {
        assert.equal(variablesOf(parseTemplate(text).parts), variablesOfKyverno(text), text);
      } catch (error) {
        if (!(error instanceof ConditionError) || error.code !== 'SYNTAX') throw error;
        assert.ok(variablesOfKyverno(text) > 0, text);
      }
    }),
    { numRuns: 2000 },
  );
});

/** Whatever quotes, braces and operators a requester may write. */
const hostile = fc.oneof(
  fc.string({
    unit: fc.constantFrom("'", '"', '`', '\\', '|', '{', '}', '(', ')', '@', 'a', '\n'),
  }),
  fc.string({ unit: 'binary' }),
);

test('condition properties: what a requester writes stays a value wherever a policy puts it', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const scope = new FixedScope({ text, none: {}, length: text.length });
      const replace = (written: string): JsonValue =>
        substitute(written, scope, {
          budget: new EvaluationBudget(),
          clock: { now: () => 0 },
          hosts: NO_HOST_ADDRESSES,
        });
      assert.equal(replace('{{ text }}'), text);
      assert.equal(replace('<{{ text }}>'), `<${text}>`);
      assert.equal(replace('{{ `"{{ text }}"` }}'), text);
      assert.equal(replace(`{{ none."{{ text }}" || 'none' }}`), 'none');
      if (!text.endsWith('\\')) assert.equal(replace("{{ '{{ text }}' }}"), text);
    }),
    { numRuns: 1000 },
  );
});

test('condition properties: any JSON is read as conditions and as context, with faults', () => {
  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
  const shaped = fc.record(
    { key: json, operator: json, value: json, any: json, all: json, name: json, variable: json },
    { requiredKeys: [] },
  ) as fc.Arbitrary<JsonValue>;
  fc.assert(
    fc.property(fc.oneof(json, shaped, fc.array(shaped, { maxLength: 3 })), (written) => {
      const fields = new Fields({ conditions: written, context: written }, '', []);
      readConditions(fields, 'conditions');
      readContext(fields);
    }),
    RUNS,
  );
});
