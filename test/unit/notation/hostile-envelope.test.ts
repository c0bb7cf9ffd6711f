import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { assessNotation } from '#shared/notation/assess-notation.ts';
import { readOcspStatus } from '#shared/notation/ocsp.ts';
import { readRevocationList } from '#shared/notation/crl.ts';
import { makeSigner, makeRoot } from '#test/support/notation/certificate-maker.ts';
import {
  asRead,
  ENVELOPE_TYPES,
  type EnvelopeFormat,
  FORMATS,
  signNotation,
  SIGNING_TIME,
} from '#test/support/notation/notation-signer.ts';
import { makeNotationWorld, NOW, requestFor } from '#test/support/notation/notation-world.ts';
import { makeOcspAnswer, makeRevocationList } from '#test/support/notation/revocation-responder.ts';
import { makeTimestampToken } from '#test/support/notation/timestamp-authority.ts';

const world = makeNotationWorld();
const [, , root] = world.chain;
const [, timestampRoot] = world.authority;
assert.ok(root !== undefined && timestampRoot !== undefined);
const request = requestFor({ ca: root, tsa: timestampRoot });

/** Prime, so that every part of every encoding is met; all bytes would take seconds. */
const STEP = 11;

const GOOD: Readonly<Record<EnvelopeFormat, Buffer>> = {
  jws: makeGood('jws'),
  cose: makeGood('cose'),
};

function makeGood(format: EnvelopeFormat): Buffer {
  return signNotation(format, world.chain, {
    expiry: NOW + 1000,
    timestamp: (signature) =>
      makeTimestampToken(signature, world.authority, { time: SIGNING_TIME }),
  });
}

function failures(format: EnvelopeFormat, envelope: Buffer): readonly string[] {
  const signature = { envelopeType: ENVELOPE_TYPES[format], envelope };
  return assessNotation(signature, request).failures.map(({ failure }) => failure.reason);
}

/** What is trusted of an envelope; a change outside of it may go unnoticed, but must change nothing. */
function trusted(format: EnvelopeFormat, envelope: Buffer): unknown {
  const signature = { envelopeType: ENVELOPE_TYPES[format], envelope };
  const { intact, timestamp } = assessNotation(signature, request);
  const leaf = intact?.envelope.chain[0]?.fingerprint;
  const { signingTime, expiry, signedBytes } = intact?.envelope ?? {};
  return { leaf, payload: intact?.payload, timestamp, signingTime, expiry, signedBytes };
}

for (const format of FORMATS) {
  test(`assessNotation() finds no fault in the untouched ${format} envelope`, () => {
    assert.deepEqual(failures(format, GOOD[format]), []);
  });

  test(`assessNotation() accepts no ${format} envelope with a bit changed in what is trusted`, () => {
    const wanted = trusted(format, GOOD[format]);
    for (let at = 0; at < GOOD[format].length; at += STEP) {
      const changed = Buffer.from(GOOD[format]);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      if (failures(format, changed).length > 0) continue;
      assert.deepEqual(trusted(format, changed), wanted, `byte ${at}`);
    }
  });

  test(`assessNotation() accepts no ${format} envelope that is cut or has bytes after it`, () => {
    for (let length = 0; length < GOOD[format].length; length += 13)
      assert.notDeepEqual(failures(format, GOOD[format].subarray(0, length)), []);
    const longer = Buffer.concat([GOOD[format], Buffer.from('0')]);
    assert.deepEqual(failures(format, longer), ['MALFORMED_ENVELOPE']);
  });

  test(`assessNotation() neither throws nor accepts for any bytes as ${format}`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        assert.notDeepEqual(failures(format, Buffer.from(bytes)), []);
      }),
      { numRuns: 120 },
    );
  });

  test(`assessNotation() neither throws nor accepts for a ${format} envelope with a part exchanged for any bytes`, () => {
    const size = GOOD[format].length;
    fc.assert(
      fc.property(fc.nat(size - 1), fc.uint8Array({ minLength: 1, maxLength: 40 }), (at, bytes) => {
        const changed = Buffer.from(GOOD[format]);
        changed.set(bytes.slice(0, size - at), at);
        if (failures(format, changed).length > 0) return;
        assert.deepEqual(trusted(format, changed), trusted(format, GOOD[format]));
      }),
      { numRuns: 120 },
    );
  });
}

test('assessNotation() refuses JSON with one key twice, whichever is right', () => {
  const text = GOOD.jws.toString();
  const payload = /"payload":"[^"]*"/.exec(text)?.[0] ?? '';
  const twice = text.replace(payload, `${payload},"payload":"e30"`);
  assert.deepEqual(failures('jws', Buffer.from(twice)), ['MALFORMED_ENVELOPE']);
});

/** Documents that are cheap to write and dear to read. */
const BOMBS: readonly [what: string, format: EnvelopeFormat, bytes: Buffer][] = [
  ['deep arrays', 'jws', Buffer.from('['.repeat(60_000) + ']'.repeat(60_000))],
  [
    'many keys',
    'jws',
    Buffer.from(`{${Array.from({ length: 9000 }, (_, at) => `"k${at}":1`).join()}}`),
  ],
  ['deep arrays', 'cose', Buffer.alloc(131_000, 0x81)],
  ['deep tags', 'cose', Buffer.alloc(131_000, 0xd2)],
  [
    'a long array',
    'cose',
    Buffer.concat([Buffer.from('9a0001ff00', 'hex'), Buffer.alloc(130_816)]),
  ],
  ['a promise of more bytes than there are', 'cose', Buffer.from('d2845bffffffffffffffff', 'hex')],
  ['an endless map', 'cose', Buffer.concat([Buffer.from('bf', 'hex'), Buffer.alloc(130_000)])],
];

for (const [what, format, bytes] of BOMBS)
  test(`MNH-26 assessNotation() refuses ${what} as ${format} envelope`, () => {
    assert.deepEqual(failures(format, bytes), ['MALFORMED_ENVELOPE']);
  });

test('readOcspStatus() and readRevocationList() never throw, and read no changed answer as good', () => {
  const issuer = makeRoot();
  const signer = makeSigner(issuer);
  const context = {
    certificate: asRead(signer),
    issuer: asRead(issuer),
    now: NOW,
    signingTime: undefined,
  };
  const answer = makeOcspAnswer(signer, issuer, { status: 'revoked' });
  const list = makeRevocationList(issuer, [{ certificate: signer }]);
  for (let at = 0; at < answer.length; at += 1)
    assert.notEqual(readOcspStatus(flip(answer, at), context).kind, 'good', `OCSP byte ${at}`);
  for (let at = 0; at < list.length; at += 1)
    assert.equal(
      typeof readRevocationList(flip(list, at), context, 'x'),
      'string',
      `CRL byte ${at}`,
    );
});

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
  return copy;
}
