import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NotationReason } from '#shared/notation/notation-reason.ts';
import { isFailure } from '#shared/notation/notation-reason.ts';
import { verifyIntegrity } from '#shared/notation/verify-integrity.ts';
import { makeSigner } from '#test/support/notation/certificate-maker.ts';
import {
  encodeTime,
  ENVELOPE_TYPES,
  type EnvelopeFormat,
  FORMATS,
  type Headers,
  type NotationSignOptions,
  signNotation,
  SIGNING_TIME,
  TARGET,
} from '#test/support/notation/notation-signer.ts';
import { makeNotationWorld } from '#test/support/notation/notation-world.ts';

const world = makeNotationWorld();
const SCHEME = 'io.cncf.notary.signingScheme';
const SIGNING = 'io.cncf.notary.signingTime';
const AUTHENTIC = 'io.cncf.notary.authenticSigningTime';
const EXPIRY = 'io.cncf.notary.expiry';
const AUTHORITY = 'notary.x509.signingAuthority';

function judge(format: EnvelopeFormat, envelope: Buffer): ReturnType<typeof verifyIntegrity> {
  return verifyIntegrity(ENVELOPE_TYPES[format], envelope);
}

for (const format of FORMATS) {
  test(`verifyIntegrity() reads a ${format} envelope of each signing scheme with all it says`, () => {
    const expiry = SIGNING_TIME + 1000;
    const plain = judge(
      format,
      signNotation(format, world.chain, { expiry, metadata: { build: '7' } }),
    );
    assert.ok(!isFailure(plain));
    assert.equal(plain.envelope.scheme, 'notary.x509');
    assert.equal(plain.envelope.signingTime, SIGNING_TIME);
    assert.equal(plain.envelope.expiry, expiry);
    assert.equal(plain.envelope.signingAgent, 'test/1');
    assert.deepEqual(plain.payload, { target: TARGET, metadata: { build: '7' } });
    const authority = judge(format, signNotation(format, world.chain, { scheme: AUTHORITY }));
    assert.ok(!isFailure(authority));
    assert.equal(authority.envelope.signingTime, SIGNING_TIME);
    assert.equal(authority.envelope.timestampToken, undefined);
  });

  for (const keyType of ['p256', 'p384', 'p521', 'rsa-2048'] as const)
    test(`verifyIntegrity() verifies a ${format} envelope of a ${keyType} key`, () => {
      const envelope = signNotation(format, [makeSigner(undefined, { keyType })]);
      assert.ok(!isFailure(judge(format, envelope)));
    });
}

interface Wrong extends NotationSignOptions {
  readonly what: string;
  readonly reason: NotationReason;
  readonly message: RegExp;
  readonly change?: (headers: Headers, format: EnvelopeFormat) => void;
  readonly only?: EnvelopeFormat;
}

const payload = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const without = (field: string): Buffer =>
  payload({ targetArtifact: { ...TARGET, [field]: undefined } });

/** Every rule on headers and payload, each broken by a signature that is otherwise good. */
const WRONG: readonly Wrong[] = [
  {
    what: 'an algorithm that is not allowed',
    change: (headers, format) => headers.set('alg', format === 'jws' ? 'RS256' : -257),
    reason: 'UNSUPPORTED_ALGORITHM',
    message: /algorithm "(?:RS256|-257)" is not one of PS256/,
  },
  {
    what: 'no algorithm at all',
    change: (headers, format) => headers.set('alg', format === 'jws' ? 'none' : null),
    reason: 'UNSUPPORTED_ALGORITHM',
    message: /algorithm "(?:none|object)"/,
  },
  {
    what: 'a symmetric algorithm',
    change: (headers, format) => headers.set('alg', format === 'jws' ? 'HS256' : 5),
    reason: 'UNSUPPORTED_ALGORITHM',
    message: /algorithm/,
  },
  {
    what: 'an algorithm of another key size',
    change: (headers, format) => headers.set('alg', format === 'jws' ? 'ES384' : -35),
    reason: 'ALGORITHM_MISMATCH',
    message: /says ES384, the signing key asks for ES256/,
  },
  {
    what: 'no critical headers',
    change: (headers) => headers.delete('crit'),
    reason: 'UNMARKED_CRITICAL_HEADER',
    message: /"io.cncf.notary.signingScheme" is not marked critical/,
  },
  {
    what: 'an unknown critical header',
    change: (headers) => headers.set('crit', [SCHEME, 'com.example.x']).set('com.example.x', 1),
    reason: 'UNKNOWN_CRITICAL_HEADER',
    message: /"com.example.x" is marked critical/,
  },
  {
    what: 'a critical header that is not there',
    change: (headers) => headers.set('crit', [SCHEME, EXPIRY]),
    reason: 'UNKNOWN_CRITICAL_HEADER',
    message: /"io.cncf.notary.expiry" is marked critical, but is not known or not there/,
  },
  {
    what: 'an expiry that is not critical',
    expiry: SIGNING_TIME + 1000,
    change: (headers) => headers.set('crit', [SCHEME]),
    reason: 'UNMARKED_CRITICAL_HEADER',
    message: /"io.cncf.notary.expiry" is not marked critical/,
  },
  {
    what: 'an authentic signing time that is not critical',
    scheme: AUTHORITY,
    change: (headers) => headers.set('crit', [SCHEME]),
    reason: 'UNMARKED_CRITICAL_HEADER',
    message: /"io.cncf.notary.authenticSigningTime" is not marked critical/,
  },
  {
    what: 'a verification plugin, marked critical or not',
    change: (headers) => headers.set('io.cncf.notary.verificationPlugin', 'com.example.plugin'),
    reason: 'PLUGIN_REQUIRED',
    message: /asks for the notation plugin "com.example.plugin"/,
  },
  {
    what: 'a minimum version of a plugin',
    change: (headers) => headers.set('io.cncf.notary.verificationPluginMinVersion', '1.0.0'),
    reason: 'PLUGIN_REQUIRED',
    message: /plugins are not supported/,
  },
  {
    what: 'an unknown scheme',
    change: (headers) => headers.set(SCHEME, 'notary.x509.other'),
    reason: 'UNSUPPORTED_SCHEME',
    message: /signing scheme "notary.x509.other" is not known/,
  },
  {
    what: 'no scheme',
    change: (headers) => headers.delete(SCHEME),
    reason: 'UNSUPPORTED_SCHEME',
    message: /signing scheme "undefined"/,
  },
  {
    what: 'an authentic signing time in the plain scheme',
    change: (headers, format) => headers.set(AUTHENTIC, encodeTime(format, SIGNING_TIME)),
    reason: 'WRONG_TIME_HEADER',
    message: /"io.cncf.notary.authenticSigningTime" does not belong to notary.x509/,
  },
  {
    what: 'a claimed signing time in the authority scheme',
    scheme: AUTHORITY,
    change: (headers, format) => headers.set(SIGNING, encodeTime(format, SIGNING_TIME)),
    reason: 'WRONG_TIME_HEADER',
    message: /does not belong to notary.x509.signingAuthority/,
  },
  {
    what: 'no signing time',
    change: (headers) => headers.delete(SIGNING),
    reason: 'WRONG_TIME_HEADER',
    message: /"io.cncf.notary.signingTime" is missing or not a time/,
  },
  {
    what: 'a signing time that is none',
    change: (headers) => headers.set(SIGNING, 'yesterday'),
    reason: 'WRONG_TIME_HEADER',
    message: /is missing or not a time/,
  },
  {
    what: 'a time without its CBOR tag',
    only: 'cose',
    change: (headers) => headers.set(SIGNING, SIGNING_TIME / 1000),
    reason: 'WRONG_TIME_HEADER',
    message: /is missing or not a time/,
  },
  {
    what: 'an expiry before the signing time',
    expiry: SIGNING_TIME,
    reason: 'WRONG_TIME_HEADER',
    message: /"io.cncf.notary.expiry" is not a time after the signing time/,
  },
  {
    what: 'a payload of another type',
    contentType: 'application/json',
    reason: 'UNSUPPORTED_PAYLOAD',
    message: /payload is "application\/json"/,
  },
  {
    what: 'a payload of no type',
    change: (headers) => headers.delete('cty'),
    reason: 'UNSUPPORTED_PAYLOAD',
    message: /does not say what its payload is/,
  },
  {
    what: 'a payload that is not JSON',
    payload: Buffer.from('{'),
    reason: 'MALFORMED_PAYLOAD',
    message: /not well-formed/,
  },
  {
    what: 'a payload with one key twice',
    payload: Buffer.from('{"targetArtifact":{},"targetArtifact":{}}'),
    reason: 'MALFORMED_PAYLOAD',
    message: /key "targetArtifact" occurs twice/,
  },
  {
    what: 'a payload that is not UTF-8',
    payload: Buffer.from('7b22ff227d', 'hex'),
    reason: 'MALFORMED_PAYLOAD',
    message: /not UTF-8/,
  },
  ...['mediaType', 'digest', 'size'].map((field) => ({
    what: `a payload without ${field}`,
    payload: without(field),
    reason: 'MALFORMED_PAYLOAD' as const,
    message: /lacks media type, digest or size/,
  })),
  {
    what: 'a size as text',
    payload: payload({ targetArtifact: { ...TARGET, size: '528' } }),
    reason: 'MALFORMED_PAYLOAD',
    message: /lacks media type, digest or size/,
  },
  {
    what: 'annotations that are not texts',
    payload: payload({ targetArtifact: { ...TARGET, annotations: { a: 1 } } }),
    reason: 'MALFORMED_PAYLOAD',
    message: /odd annotations/,
  },
  {
    what: 'no certificates',
    tamper: (envelope) => setChain(envelope, []),
    reason: 'INVALID_CERTIFICATE_CHAIN',
    message: /holds no certificates/,
  },
  {
    what: 'too many certificates',
    tamper: (envelope) =>
      setChain(
        envelope,
        Array.from({ length: 9 }, () => Buffer.alloc(1)),
      ),
    reason: 'INVALID_CERTIFICATE_CHAIN',
    message: /holds 9 certificates, expected at most 8/,
  },
  {
    what: 'a certificate that is none',
    tamper: (envelope) => setChain(envelope, [Buffer.from('3000', 'hex')]),
    reason: 'MALFORMED_CERTIFICATE',
    message: /certificate 0 of the envelope is malformed/,
  },
  {
    what: 'the certificates of somebody else',
    tamper: (envelope) =>
      setChain(
        envelope,
        world.strangers.map(({ der }) => der),
      ),
    reason: 'INVALID_SIGNATURE',
    message: /does not verify with the signing certificate/,
  },
  {
    what: 'a key that notation does not use',
    tamper: (envelope) => setChain(envelope, [makeSigner(undefined, { keyType: 'ed25519' }).der]),
    reason: 'UNSUPPORTED_ALGORITHM',
    message: /signing key is not RSA of 2048/,
  },
  {
    what: 'an empty signature',
    tamper: (envelope) => {
      envelope['signature'] = envelope['signature'] instanceof Uint8Array ? new Uint8Array() : '';
    },
    reason: 'MALFORMED_ENVELOPE',
    message: /signature is empty/,
  },
  {
    what: 'a signature with padding',
    only: 'jws',
    tamper: (envelope) => {
      envelope['signature'] = `${String(envelope['signature'])}==`;
    },
    reason: 'MALFORMED_ENVELOPE',
    message: /not base64url/,
  },
  {
    what: 'a timestamp that is not base64',
    only: 'jws',
    tamper: ({ header }) =>
      Object.assign(header as object, { 'io.cncf.notary.timestampSignature': '!' }),
    reason: 'MALFORMED_ENVELOPE',
    message: /timestamp is not base64/,
  },
  {
    what: 'another tag',
    only: 'cose',
    tamper: (envelope) => Object.assign(envelope, { tag: 98 }),
    reason: 'MALFORMED_ENVELOPE',
    message: /not a COSE_Sign1 message/,
  },
  {
    what: 'a fifth part',
    only: 'cose',
    tamper: (envelope) => Object.assign(envelope, { more: 1 }),
    reason: 'MALFORMED_ENVELOPE',
    message: /does not consist of headers, payload and signature/,
  },
  {
    what: 'a header that is both signed and unsigned',
    only: 'cose',
    tamper: ({ unprotected }) => (unprotected as Headers).set(1, -7),
    reason: 'MALFORMED_ENVELOPE',
    message: /both signed and unsigned/,
  },
  {
    what: 'hundreds of headers',
    only: 'cose',
    tamper: ({ unprotected }) => {
      for (let label = 100; label < 300; label += 1) (unprotected as Headers).set(label, label);
    },
    reason: 'MALFORMED_ENVELOPE',
    message: /more than 256 data items/,
  },
];

function setChain(envelope: Record<string, unknown>, ders: readonly Buffer[]): void {
  const { header, unprotected } = envelope;
  if (unprotected instanceof Map)
    unprotected.set(
      33,
      ders.map((der) => new Uint8Array(der)),
    );
  else Object.assign(header as object, { x5c: ders.map((der) => der.toString('base64')) });
}

for (const format of FORMATS)
  for (const { what, reason, message, change, only, ...options } of WRONG) {
    if (only !== undefined && only !== format) continue;
    test(`verifyIntegrity() refuses a ${format} envelope with ${what}: ${reason}`, () => {
      const envelope = signNotation(format, world.chain, {
        ...options,
        changeHeaders: (headers) => change?.(headers, format),
      });
      const result = judge(format, envelope);
      assert.ok(isFailure(result));
      assert.equal(result.reason, reason);
      assert.match(result.message, message);
    });
  }

test('MNH-13 verifyIntegrity() fails for each signed part that is exchanged, with its own reason', () => {
  const other = makeNotationWorld();
  for (const format of FORMATS) {
    const parts =
      format === 'jws'
        ? ['payload', 'protected', 'signature']
        : ['payload', 'protected', 'signature'];
    let donor: Record<string, unknown> = {};
    signNotation(format, other.chain, {
      signingTime: SIGNING_TIME + 5000,
      metadata: { other: 'yes' },
      tamper: (envelope) => {
        donor = { ...envelope };
      },
    });
    for (const part of parts) {
      const envelope = signNotation(format, world.chain, {
        tamper: (envelope) => Object.assign(envelope, { [part]: donor[part] }),
      });
      const result = judge(format, envelope);
      assert.ok(isFailure(result), `${format} ${part}`);
      assert.equal(result.reason, 'INVALID_SIGNATURE', `${format} ${part}`);
    }
  }
});

test('verifyIntegrity() refuses other media types and too many bytes before reading anything', () => {
  const envelope = signNotation('jws', world.chain);
  const type = verifyIntegrity('application/jose', envelope);
  assert.ok(isFailure(type));
  assert.equal(type.reason, 'UNSUPPORTED_ENVELOPE');
  const large = verifyIntegrity(ENVELOPE_TYPES.jws, Buffer.alloc(128 * 1024 + 1));
  assert.ok(isFailure(large));
  assert.match(large.message, /larger than 131072 bytes/);
});

test('verifyIntegrity() does not take one format for the other', () => {
  for (const [format, type] of [
    ['jws', ENVELOPE_TYPES.cose],
    ['cose', ENVELOPE_TYPES.jws],
  ] as const) {
    const result = verifyIntegrity(type, signNotation(format, world.chain));
    assert.ok(isFailure(result));
    assert.equal(result.reason, 'MALFORMED_ENVELOPE');
  }
});
