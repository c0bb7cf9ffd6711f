import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assessNotation } from '#shared/notation/assess-notation.ts';
import { knownIntegrity, knownTimestamp } from '#shared/notation/known-envelopes.ts';
import { isFailure } from '#shared/notation/notation-reason.ts';
import {
  ENVELOPE_TYPES,
  signNotation,
  SIGNING_TIME,
} from '#test/support/notation/notation-signer.ts';
import { makeNotationWorld, requestFor } from '#test/support/notation/notation-world.ts';
import { makeTimestampToken } from '#test/support/notation/timestamp-authority.ts';

const world = makeNotationWorld();
const other = makeNotationWorld();
const [, , ca] = world.chain;
const [, tsa] = world.authority;
const [, , otherCa] = other.chain;
const [, otherTsa] = other.authority;
assert.ok(ca && tsa && otherCa && otherTsa);
const good = requestFor({ ca, tsa });
const strangeCa = requestFor({ ca: otherCa, tsa });
const strangeTsa = requestFor({ ca, tsa: otherTsa });

function signed(): Buffer {
  return signNotation('jws', world.chain, {
    timestamp: (signature) =>
      makeTimestampToken(signature, world.authority, { time: SIGNING_TIME }),
  });
}

test('MNH-19 what is remembered of an envelope answers for no other bytes', () => {
  const envelope = signed();
  const first = knownIntegrity(ENVELOPE_TYPES.jws, envelope);
  assert.equal(knownIntegrity(ENVELOPE_TYPES.jws, envelope), first);
  const altered = Buffer.from(envelope);
  altered[altered.length - 10] = (altered[altered.length - 10] ?? 0) ^ 1;
  assert.ok(isFailure(knownIntegrity(ENVELOPE_TYPES.jws, altered)));
  assert.ok(isFailure(knownIntegrity(ENVELOPE_TYPES.cose, envelope)));
});

test('MNH-19 what is remembered of an envelope decides neither trust nor time', () => {
  const signature = { envelopeType: ENVELOPE_TYPES.jws, envelope: signed() };
  const codes = (request: ReturnType<typeof requestFor>): readonly string[] =>
    assessNotation(signature, request).failures.map(({ failure }) => failure.reason);
  assert.deepEqual(codes(good), []);
  assert.deepEqual(codes(good), []);
  assert.deepEqual(codes(strangeCa), ['UNTRUSTED_CERTIFICATE']);
  assert.equal(codes(strangeTsa).length, 1);
  const metadata = { env: 'prod' };
  assert.equal(codes({ ...good, metadata }).length, 1);
  assert.deepEqual(codes(good), []);
});

test('MNH-19 a timestamp is remembered under the anchors that it was verified with', () => {
  const intact = knownIntegrity(ENVELOPE_TYPES.jws, signed());
  assert.ok(!isFailure(intact));
  const { envelope } = intact;
  const token = envelope.timestampToken;
  assert.ok(token !== undefined);
  const anchors = good.statement.anchors.tsa;
  const wrong = strangeTsa.statement.anchors.tsa;
  assert.ok(anchors && wrong);
  const verified = knownTimestamp(envelope, token, anchors);
  assert.ok(!isFailure(verified));
  assert.equal(knownTimestamp(envelope, token, anchors), verified);
  assert.ok(isFailure(knownTimestamp(envelope, token, wrong)));
});
