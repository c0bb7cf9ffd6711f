import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64 } from '#shared/base/base64.ts';
import { parseStrictJson, StrictJsonError } from '#shared/base/strict-json.ts';

const REFUSED: readonly [text: string, code: string][] = [
  ['', 'NOT_JSON'],
  ['{', 'NOT_JSON'],
  ['{"a":1,"a":2}', 'DUPLICATE_KEY'],
  ['{"a":1,"\\u0061":2}', 'DUPLICATE_KEY'],
  ['[{"b":{"c":1 , "c" : 2}}]', 'DUPLICATE_KEY'],
  [`${'['.repeat(65)}${']'.repeat(65)}`, 'TOO_DEEP'],
  [`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, 'TOO_DEEP'],
];

for (const [text, code] of REFUSED) {
  test(`parseStrictJson() refuses ${JSON.stringify(text).slice(0, 40)} with ${code}`, () => {
    assert.throws(
      () => parseStrictJson(text),
      (error) => error instanceof StrictJsonError && error.code === code,
    );
  });
}

test('parseStrictJson() accepts one key in several objects, and keys that look like structure', () => {
  const text = '{"a":{"a":"{\\"a\\":1,\\"a\\":2}"},"b":[{"a":1},{"a":2}],"}":"\\\\"}';
  assert.deepEqual(parseStrictJson(text), JSON.parse(text));
});

test('parseStrictJson() reads what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(parseStrictJson(text), JSON.parse(text));
    }),
  );
});

const BASE64: readonly [text: string, bytes: string | undefined][] = [
  ['', ''],
  ['aGk=', 'hi'],
  ['aG\r\nk=', 'hi'],
  ['aGk', undefined],
  ['aG k=', undefined],
  ['aGk=!', undefined],
  ['a-_=', undefined],
];

for (const [text, bytes] of BASE64) {
  test(`decodeBase64() ${bytes === undefined ? 'refuses' : 'reads'} ${JSON.stringify(text)}`, () => {
    assert.equal(decodeBase64(text)?.toString(), bytes);
  });
}
