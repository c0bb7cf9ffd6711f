import assert from 'node:assert/strict';
import { test } from 'node:test';
import { berToDer } from '#shared/notation/ber-to-der.ts';
import { DerError } from '#shared/notation/der.ts';
import { isFailure } from '#shared/notation/notation-reason.ts';
import { verifyTimestampToken } from '#shared/notation/timestamp-token.ts';
import { asRead, SIGNING_TIME } from '#test/support/notation/notation-signer.ts';
import { makeNotationWorld } from '#test/support/notation/notation-world.ts';
import { makeTimestampToken } from '#test/support/notation/timestamp-authority.ts';

const CONVERTED: readonly [what: string, ber: string, der: string][] = [
  ['DER', '3003020105', '3003020105'],
  ['an indefinite length', '30800201050000', '3003020105'],
  ['nested indefinite lengths', '3080308002010500000000', '30053003020105'],
  ['a length that is not minimal', '30820003020105', '3003020105'],
  ['an octet string in pieces', '2480040101040202030000', '0403010203'],
  ['an octet string in pieces of known length', '240704010104020203', '0403010203'],
  ['an empty sequence', '30800000', '3000'],
];

for (const [what, ber, der] of CONVERTED)
  test(`berToDer() turns ${what} into DER`, () => {
    assert.equal(berToDer(Buffer.from(ber, 'hex')).toString('hex'), der);
  });

const REFUSED: readonly [what: string, ber: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['an element that is cut off', Buffer.from('3003', 'hex')],
  ['an indefinite length without end', Buffer.from('3080020105', 'hex')],
  ['an indefinite length on a primitive', Buffer.from('0480010000', 'hex')],
  ['bytes after the element', Buffer.from('300000', 'hex')],
  ['an inner element that is longer than its outer', Buffer.from('3003020205', 'hex')],
  ['a tag of many octets', Buffer.from('1f810100', 'hex')],
  ['pieces of another type', Buffer.from('24800201010000', 'hex')],
  ['deep nesting', Buffer.alloc(200, 0x30).fill(0x80, 1).fill('3080', 0, 200, 'hex')],
  ['many elements', Buffer.concat([Buffer.from('30822710', 'hex'), Buffer.alloc(10_000)])],
];

for (const [what, ber] of REFUSED)
  test(`berToDer() refuses ${what}`, () => {
    assert.throws(() => berToDer(ber), DerError);
  });

/** The same elements with every constructed length made indefinite. */
function toIndefinite(der: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let offset = 0; offset < der.length;) {
    const first = der[offset + 1] ?? 0;
    const octets = first < 0x80 ? 0 : first & 0x7f;
    const start = offset + 2 + octets;
    const length = octets === 0 ? first : der.readUIntBE(offset + 2, octets);
    const tag = der[offset] ?? 0;
    const content = der.subarray(start, start + length);
    parts.push(
      (tag & 0x20) === 0
        ? der.subarray(offset, start + length)
        : Buffer.concat([Buffer.from([tag, 0x80]), toIndefinite(content), Buffer.alloc(2)]),
    );
    offset = start + length;
  }
  return Buffer.concat(parts);
}

test('verifyTimestampToken() accepts a token that an authority sent as BER', () => {
  const { authority } = makeNotationWorld();
  const message = Buffer.from('a signature');
  const token = makeTimestampToken(message, authority, { time: SIGNING_TIME });
  const [, root] = authority;
  assert.ok(root !== undefined);
  const result = verifyTimestampToken(toIndefinite(token), message, [asRead(root)]);
  assert.ok(!isFailure(result), isFailure(result) ? result.message : '');
  assert.equal(result.from, SIGNING_TIME);
});
