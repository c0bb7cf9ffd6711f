import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countDistinctSigners } from '#shared/verification/distinct-signers.ts';

const CASES: readonly [entries: readonly string[], count: number][] = [
  [[], 0],
  [[''], 0],
  [['a'], 1],
  [['a', 'a'], 1],
  [['a', 'b'], 2],
  [['ab', 'ab'], 2],
  [['ab', 'a'], 2],
  [['a', 'ab'], 2],
  [['a', 'b', 'ab'], 2],
  [['ab', 'bc', 'a'], 3],
  [['abc', 'ab', 'a'], 3],
  [['abc', 'ab', 'a', 'b'], 3],
];

for (const [entries, count] of CASES) {
  test(`MNH-09 countDistinctSigners() of [${entries.join(', ')}] is ${count}`, () => {
    const sets = entries.map((signers) => new Set(signers));
    assert.equal(countDistinctSigners(sets, []), count);
    assert.equal(countDistinctSigners(sets.toReversed(), []), count);
  });
}

test('MNH-09 countDistinctSigners() counts a signer once under all names it is known by', () => {
  const sets = [new Set(['key']), new Set(['identity']), new Set(['other'])];
  assert.equal(countDistinctSigners(sets, []), 3);
  assert.equal(countDistinctSigners(sets, [['identity', 'key']]), 2);
  assert.equal(
    countDistinctSigners(sets, [
      ['identity', 'key'],
      ['other', 'identity'],
    ]),
    1,
  );
});
