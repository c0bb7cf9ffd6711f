import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Automaton } from '#shared/base/automaton.ts';

/** `ab`, `abab`, … and `ac`. */
const TEXTS = new Automaton(
  new Map([
    [
      'start',
      [
        [/a/, 'a'],
        [/a/, 'last'],
      ],
    ],
    ['a', [[/b/, 'pair']]],
    ['pair', [[/a/, 'a']]],
    ['last', [[/c/, 'end']]],
  ]),
  'start',
  new Set(['pair', 'end']),
);

const ROWS: readonly (readonly [pattern: string, isMet: boolean])[] = [
  ['ab', true],
  ['abab', true],
  ['ac', true],
  ['a?', true],
  ['*', true],
  ['*b*a*', true],
  ['**c', true],
  ['????', true],
  ['', false],
  ['a', false],
  ['?', false],
  ['???', false],
  ['*c*b', false],
  ['ab*c', false],
  ['*ä*', false],
];

for (const [pattern, isMet] of [...ROWS, ...ROWS.toReversed()]) {
  test(`Automaton: "${pattern}" ${isMet ? 'matches' : 'does not match'} one of its texts`, () => {
    assert.equal(TEXTS.meets(pattern), isMet);
  });
}
