import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { readFilledEntries } from '#shared/policy/fill-entries.ts';
import type { VerifyImagesRule } from '#shared/policy/model.ts';
import { entry, KEY, keySet, ownRule, policyDocument, rule } from './sample-policy.ts';

function ruleWith(changes: JsonObject): VerifyImagesRule {
  const own = ownRule(policyDocument([rule({ verifyImages: [entry(changes)] })]));
  assert.equal(own.kind, 'verify-images');
  return own;
}

/** Replaces one text wherever it stands, as variables are replaced. */
function replaced(value: JsonValue, from: string, to: string): JsonValue {
  return JSON.parse(
    JSON.stringify(value).replaceAll(from, JSON.stringify(to).slice(1, -1)),
  ) as JsonValue;
}

const CONDITIONS = { all: [{ key: '{{ a }}', operator: 'Equals', value: 'b' }] };

const WITHOUT_TEMPLATE: readonly (readonly [string, JsonObject])[] = [
  ['no variables', {}],
  [
    'variables in conditions on attestations only',
    { attestations: [{ type: 'x', attestors: [keySet(KEY)], conditions: [CONDITIONS] }] },
  ],
  [
    'variables in deny only',
    {
      attestations: [{ type: 'x', attestors: [keySet(KEY)] }],
      validate: { deny: { conditions: CONDITIONS } },
    },
  ],
];

for (const [what, changes] of WITHOUT_TEMPLATE) {
  test(`an entry with ${what} is read once`, () => {
    assert.equal(ruleWith(changes).template, undefined);
  });
}

test('a key that is a variable is read when its value is known', () => {
  const { template, entries } = ruleWith({ attestors: [keySet('{{ keys.data.a }}')] });
  assert.ok(template);
  const filled = readFilledEntries(
    template,
    replaced(template.entries, '{{ keys.data.a }}', KEY),
    entries,
  );
  assert.ok('entries' in filled, JSON.stringify(filled));
  assert.equal(filled.entries[0]?.attestors[0]?.entries[0]?.kind, 'key');
});

test('an entry that has its own action is read again as well as one without', () => {
  const attestors = [keySet('{{ a }}')];
  const { template, entries } = ruleWith({ attestors, failureAction: 'Enforce' });
  assert.ok(template);
  const filled = readFilledEntries(template, replaced(template.entries, '{{ a }}', KEY), entries);
  assert.ok('entries' in filled, JSON.stringify(filled));
});

test('a value that is no key is a fault at the field of the variable', () => {
  const { template, entries } = ruleWith({ attestors: [keySet('{{ a }}')] });
  assert.ok(template);
  const filled = readFilledEntries(template, replaced(template.entries, '{{ a }}', 'x'), entries);
  assert.ok('faults' in filled);
  assert.match(
    filled.faults[0]?.path ?? '',
    /^spec\.rules\[0\]\.verifyImages\[0\]\.attestors\[0\]\.entries\[0\]\.keys\.publicKeys$/,
  );
});

test('MNH-10 conditions and deny of a filled entry are those that were written', () => {
  const { template, entries } = ruleWith({
    attestors: [keySet('{{ a }}')],
    attestations: [{ type: 'x', attestors: [keySet(KEY)], conditions: [CONDITIONS] }],
    validate: { message: 'no', deny: { conditions: CONDITIONS } },
  });
  assert.ok(template);
  const filled = readFilledEntries(template, replaced(template.entries, '{{ a }}', KEY), entries);
  assert.ok('entries' in filled, JSON.stringify(filled));
  const [own] = filled.entries;
  assert.equal(own?.attestations?.[0]?.conditions?.[0]?.all[0]?.key, '{{ a }}');
  assert.equal(own.deny?.message, 'no');
});
