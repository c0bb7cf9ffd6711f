import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBase64, decodeLongBase64, isBase64 } from '#shared/base/base64.ts';

const SHORT = Buffer.from('a payload').toString('base64');
const LONG = Buffer.alloc(20_000, 'payload').toString('base64');

/** How a good text is made into another one, and whether that one still is base64. */
const CASES: readonly (readonly [string, (good: string) => string, boolean])[] = [
  ['as it is', (good) => good, true],
  ['with line breaks', (good) => `${good.slice(0, 4)}\r\n${good.slice(4)}\n`, true],
  ['with a blank', (good) => `${good.slice(0, 4)} ${good.slice(4)}`, false],
  ['with a character too few', (good) => good.slice(1), false],
  ['with padding inside', (good) => `${good.slice(0, 4)}AA==${good.slice(4)}`, false],
  ['with too much padding', (good) => `${good}====`, false],
  ['in the alphabet of URLs', (good) => `-_${good.slice(2)}`, false],
  [
    'with a letter whose lowest byte is one of the alphabet',
    (good) => `\u0141${good.slice(1)}`,
    false,
  ],
  ['with a character of Latin-1', (good) => `\u00e9${good.slice(1)}`, false],
];

for (const [criterion, change, expected] of CASES) {
  for (const [length, good] of Object.entries({ short: SHORT, long: LONG })) {
    test(`decodeBase64: a ${length} text ${criterion} is ${expected ? '' : 'not '}decoded`, () => {
      const text = change(good);
      assert.equal(isBase64(text), expected);
      assert.deepEqual(decodeBase64(text), expected ? Buffer.from(good, 'base64') : undefined);
    });
  }
}

const VERY_LONG = Buffer.alloc(1_000_001, 'payload').toString('base64');

const LONG_CASES: readonly (readonly [string, (good: string) => string, boolean])[] = [
  ['as it is', (good) => good, true],
  ['with a line break', (good) => `${good}\n`, false],
  ['with a character too few', (good) => good.slice(1), false],
  ['with a character less at the end', (good) => good.slice(0, -1), false],
  [
    'with padding where a piece ends',
    (good) => `${good.slice(0, 256 * 1024 - 1)}=${good.slice(256 * 1024)}`,
    false,
  ],
  ['in the alphabet of URLs', (good) => `${good.slice(0, 700_000)}-${good.slice(700_001)}`, false],
];

for (const [criterion, change, expected] of LONG_CASES) {
  test(`MNH-26 decodeLongBase64: megabytes ${criterion} are ${expected ? '' : 'not '}decoded`, async () => {
    const decoded = await decodeLongBase64(change(VERY_LONG));
    assert.deepEqual(decoded, expected ? Buffer.from(VERY_LONG, 'base64') : undefined);
  });
}

for (const [criterion, change, expected] of CASES) {
  test(`decodeLongBase64: a short text ${criterion} is ${expected ? '' : 'not '}decoded`, async () => {
    const decoded = await decodeLongBase64(change(SHORT));
    assert.deepEqual(decoded, expected ? Buffer.from(SHORT, 'base64') : undefined);
  });
}
