import assert from 'node:assert/strict';
import { createHash, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { checkBundle } from '#cmd/sign/check-bundle.ts';
import { keySigner } from '#cmd/sign/key-signer.ts';
import { makeBundle } from '#cmd/sign/make-bundle.ts';
import type { SigningKey } from '#cmd/sign/private-key.ts';
import { failureOf } from '#cmd/sign/signing-error.ts';
import { isJsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { sha256Digest } from '#shared/base/digest.ts';
import { parseStrictJson } from '#shared/base/strict-json.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';

const DIGEST = sha256Digest(Buffer.from('image'));

function signingKey(): SigningKey {
  const { privateKey, publicKeyPem } = generateSignerKey();
  const [publicKey] = parsePublicKeys(publicKeyPem);
  assert.ok(publicKey !== undefined);
  return { privateKey, publicKey };
}

function bundleOf(key: SigningKey): Promise<Buffer> {
  const signing = { signer: keySigner(key), key: key.publicKey, witnesses: [] };
  const said = { predicateType: 'https://acme.example/v1', predicate: {}, annotations: {} };
  return makeBundle(signing, { digest: DIGEST, ...said });
}

test('makeBundle() hints at the key as cosign does, and gives the envelope no key id', async () => {
  const key = signingKey();
  const bundle = parseStrictJson((await bundleOf(key)).toString('utf8'));
  const spki = createPublicKey(key.privateKey).export({ format: 'der', type: 'spki' });
  const hint = createHash('sha256').update(spki).digest('base64');
  assert.equal(stringAt(bundle, 'verificationMaterial', 'publicKey', 'hint'), hint);
  const signatures = member(member(bundle, 'dsseEnvelope'), 'signatures');
  assert.ok(Array.isArray(signatures) && signatures.length === 1);
  // secure-systems-lab/go-securesystemslib skips signatures with a key id that is not the verifier's.
  const [signature] = signatures as readonly unknown[];
  assert.ok(isJsonObject(signature) && (signature['keyid'] ?? '') === '');
});

test('checkBundle() reads what makeBundle() made, as a verifier does', async () => {
  const key = signingKey();
  const { entity, signer } = checkBundle(await bundleOf(key), DIGEST, key.publicKey);
  assert.equal(entity.payloadType, 'application/vnd.in-toto+json');
  assert.deepEqual(signer, { kind: 'key', key: key.publicKey });
});

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ0ZXN0ZXIifQ.c2lnbmF0dXJl';

/** What was thrown, and what is told of it. */
const FAILURES: readonly (readonly [string, unknown, string])[] = [
  [
    'the cause that says more',
    new Error('it failed', { cause: new Error('(503) later') }),
    '(503) later',
  ],
  ['no token', new Error(`bad token ${TOKEN}!`), 'bad token <token>!'],
  ['no part of a token', new Error('bad eyJzdWIiOiJ0ZXN0ZXIifQ'), 'bad <token>'],
  ['no control characters', new Error('one\u001b[2Jtwo\nthree'), 'one\u{FFFD}[2Jtwo\u{FFFD}three'],
  ['no page', new Error('x'.repeat(5000)), `${'x'.repeat(300)}…`],
  ['what is no error', 'refused', 'refused'],
  [
    'an answer of another form',
    new TypeError('x is undefined'),
    'its answer cannot be read: x is undefined',
  ],
];

for (const [criterion, thrown, told] of FAILURES) {
  test(`failureOf() tells ${criterion}`, () => {
    assert.equal(failureOf(thrown, TOKEN), told);
  });
}
