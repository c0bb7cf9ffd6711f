import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, property, uint8Array } from 'fast-check';
import { DerError, derElements, readDer } from '#shared/base/der.ts';

const content = (length: number): Buffer => Buffer.alloc(length, 0x05);

const MALFORMED: readonly { readonly what: string; readonly bytes: Buffer }[] = [
  { what: 'nothing', bytes: Buffer.alloc(0) },
  { what: 'a tag alone', bytes: Buffer.from([0x30]) },
  { what: 'less than it says', bytes: Buffer.from([0x30, 0x02, 0x05]) },
  { what: 'more than it says', bytes: Buffer.from([0x30, 0x00, 0x05]) },
  {
    what: 'an indefinite length',
    bytes: Buffer.concat([Buffer.from([0x30, 0x80]), content(128)]),
  },
  {
    what: 'an indefinite length with its end',
    bytes: Buffer.from([0x30, 0x80, 0x05, 0x00, 0x00, 0x00]),
  },
  {
    what: 'a long length for a short content',
    bytes: Buffer.concat([Buffer.from([0x30, 0x81, 0x7f]), content(127)]),
  },
  {
    what: 'a leading zero in its length',
    bytes: Buffer.concat([Buffer.from([0x30, 0x82, 0x00, 0x80]), content(128)]),
  },
  { what: 'five bytes of length', bytes: Buffer.from([0x30, 0x85, 0, 0, 0, 0, 1, 0x05]) },
  { what: 'the reserved length', bytes: Buffer.concat([Buffer.from([0x30, 0xff]), content(255)]) },
  { what: 'a tag of several bytes', bytes: Buffer.from([0x3f, 0x81, 0x01, 0x00]) },
];

for (const { what, bytes } of MALFORMED)
  test(`tampering: DER with ${what} is refused`, () => {
    assert.throws(() => readDer(bytes, 0x30), DerError);
  });

test('tampering: every element of DER has the one length that its bytes say', () => {
  check(
    property(uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        const elements = derElements(Buffer.from(bytes));
        assert.equal(
          elements.reduce((sum, { raw }) => sum + raw.length, 0),
          bytes.length,
        );
      } catch (error) {
        assert.ok(error instanceof DerError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
