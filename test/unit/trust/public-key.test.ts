import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { describeKey, MAX_KEYS, parsePublicKeys } from '#shared/trust/public-key.ts';

function pem(key: KeyObject, type: 'spki' | 'pkcs1' = 'spki'): string {
  return String(key.export({ format: 'pem', type }));
}

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

const ACCEPTED: readonly (readonly [string, string, string])[] = [
  ['ECDSA P-256', pem(p256.publicKey), 'ECDSA P-256'],
  ['ECDSA P-384', pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey), 'ECDSA P-384'],
  ['ECDSA P-521', pem(generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey), 'ECDSA P-521'],
  ['RSA as SPKI', pem(rsa.publicKey), 'RSA 2048 bit'],
  ['RSA as PKCS#1', pem(rsa.publicKey, 'pkcs1'), 'RSA 2048 bit'],
  ['Ed25519', pem(generateKeyPairSync('ed25519').publicKey), 'Ed25519'],
];

for (const [name, text, described] of ACCEPTED) {
  test(`parsePublicKeys reads ${name}`, () => {
    const [key, ...more] = parsePublicKeys(`\n  ${text}\r\n`);
    assert.deepEqual(more, []);
    assert.ok(key !== undefined);
    assert.equal(describeKey(key), `${described} key ${key.fingerprint.slice(0, 12)}`);
  });
}

test('parsePublicKeys names a key by the SHA-256 of its SPKI, whatever the PEM form', () => {
  const der = rsa.publicKey.export({ format: 'der', type: 'spki' });
  const expected = createHash('sha256').update(der).digest('hex');
  for (const type of ['spki', 'pkcs1'] as const)
    assert.deepEqual(
      parsePublicKeys(pem(rsa.publicKey, type)).map(({ fingerprint }) => fingerprint),
      [expected],
    );
});

test('parsePublicKeys keeps the order of several blocks and gives each the hash', () => {
  const keys = parsePublicKeys(pem(rsa.publicKey) + pem(p256.publicKey), 'sha512');
  assert.deepEqual(
    keys.map(({ key, hash }) => [key.asymmetricKeyType, hash]),
    [
      ['rsa', 'sha512'],
      ['ec', 'sha512'],
    ],
  );
});

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
const EMPTY = '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----';

const REFUSED: readonly (readonly [string, string, string, RegExp])[] = [
  ['nothing', '', 'NO_KEY', /found no text, expected a PEM block "PUBLIC KEY"/],
  ['other text', 'hello', 'NO_KEY', /found text that starts "hello", expected/],
  ['a cut block', pem(p256.publicKey).slice(0, 90), 'NO_KEY', /expected a PEM block/],
  ['text after a key', `${pem(p256.publicKey)}x`, 'NO_KEY', /found text that starts "x"/],
  [
    'a private key',
    String(p256.privateKey.export({ format: 'pem', type: 'pkcs8' })),
    'PRIVATE_KEY',
    /found a private key \("PRIVATE KEY"\), expected .* must never be put into a policy/,
  ],
  [
    'a SEC1 private key beside a public one',
    pem(p256.publicKey) + String(p256.privateKey.export({ format: 'pem', type: 'sec1' })),
    'PRIVATE_KEY',
    /found a private key \("EC PRIVATE KEY"\)/,
  ],
  [
    'a cut private key',
    String(p256.privateKey.export({ format: 'pem', type: 'pkcs8' })).slice(0, 60),
    'PRIVATE_KEY',
    /found a damaged private key/,
  ],
  ['a certificate', CERTIFICATE, 'CERTIFICATE', /found a PEM block "CERTIFICATE", expected/],
  [
    'another block',
    CERTIFICATE.replaceAll('CERTIFICATE', 'PGP KEY'),
    'UNSUPPORTED_BLOCK',
    /"PGP KEY"/,
  ],
  ['an empty block', EMPTY, 'MALFORMED', /the PEM block "PUBLIC KEY" does not hold a key/],
  [
    'RSA below 2048 bits',
    pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
    'UNSUPPORTED_KEY',
    /found RSA 1024 bit, expected ECDSA P-256, P-384 or P-521, RSA of 2048 to 16384 bits, or Ed25519/,
  ],
  [
    'another curve',
    pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
    'UNSUPPORTED_KEY',
    /found ECDSA secp256k1, expected/,
  ],
  [
    'a key that cannot sign',
    pem(generateKeyPairSync('x25519').publicKey),
    'UNSUPPORTED_KEY',
    /x25519/,
  ],
  [
    'too many keys',
    pem(p256.publicKey).repeat(MAX_KEYS + 1),
    'UNSUPPORTED_KEY',
    /found 65, expected/,
  ],
];

for (const [name, text, code, message] of REFUSED) {
  test(`parsePublicKeys refuses ${name}`, () => {
    assert.throws(() => parsePublicKeys(text), { name: 'PublicKeyError', code, message });
  });
}

test('MNH-29 parsePublicKeys never repeats a private key in its message', () => {
  const secret = String(p256.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const body = secret.split('\n')[1] ?? '';
  for (const text of [secret, secret.slice(0, 80), secret.replace('-----END', 'END')])
    assert.throws(
      () => parsePublicKeys(text),
      (error: Error) => !error.message.includes(body.slice(0, 20)),
    );
});
