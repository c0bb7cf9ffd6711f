import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  authoritiesFromPem,
  logsFromPem,
  timestampAuthoritiesFromPem,
} from '#shared/trust/pem-trust.ts';
import { NO_TRUST, trustMaterial } from '#shared/trust/trust-material.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';

const { pem, fulcio, keyless } = createVirtualSigstore();

test('authoritiesFromPem() takes roots for anchors and the rest for intermediates, in any order', () => {
  for (const text of [pem.fulcioChain, `${pem.fulcioRoot}some words\n${pem.fulcioIntermediates}`]) {
    const [authority] = authoritiesFromPem(text);
    assert.equal(authority?.anchors.length, 1);
    assert.equal(authority.intermediates.length, fulcio.chain.intermediates.length);
  }
});

test('authoritiesFromPem() anchors at an intermediate where its root is not given', () => {
  const [authority] = authoritiesFromPem(pem.fulcioIntermediates);
  assert.equal(authority?.anchors.length, 1);
  assert.deepEqual(authority.intermediates, []);
});

test('timestampAuthoritiesFromPem() takes the signer from the chain, and does without', () => {
  assert.equal(timestampAuthoritiesFromPem(pem.tsaChain)[0]?.signers.length, 1);
  assert.equal(timestampAuthoritiesFromPem(pem.tsaRoot)[0]?.signers.length, 0);
});

test('logsFromPem() names a log by the hash of its key', () => {
  const [log, ...more] = logsFromPem(pem.rekor, 'https://rekor.acme.example');
  assert.match(log?.ids[0] ?? '', /^[0-9a-f]{64}$/);
  assert.equal(log?.url, 'https://rekor.acme.example');
  assert.deepEqual(more, []);
});

const leafPem = `-----BEGIN CERTIFICATE-----\n${keyless().certificate.toString('base64')}\n-----END CERTIFICATE-----\n`;
const twoSigners = pem.tsaChain + leafPem;

const REFUSED: readonly [what: string, read: () => unknown, code: string, message: RegExp][] = [
  ['no text', () => authoritiesFromPem(''), 'NO_CERTIFICATE', /found no PEM block/],
  [
    'a public key',
    () => authoritiesFromPem(pem.rekor),
    'MALFORMED',
    /found a PEM block "PUBLIC KEY"/,
  ],
  [
    'a damaged certificate',
    () => authoritiesFromPem(pem.fulcioRoot.replace(/[A-Za-z]{8}\n/, '\n')),
    'MALFORMED',
    /number 1 of the text: certificate cannot be read/,
  ],
  [
    'a leaf as root',
    () => authoritiesFromPem(leafPem),
    'NO_AUTHORITY',
    /no certificate of an authority/,
  ],
  [
    'a leaf among roots',
    () => authoritiesFromPem(pem.fulcioRoot + leafPem),
    'NOT_AN_AUTHORITY',
    /expected roots and intermediates only/,
  ],
  [
    'too many certificates',
    () => authoritiesFromPem(pem.fulcioRoot.repeat(65)),
    'TOO_MANY',
    /found 65/,
  ],
  [
    'two signers of timestamps',
    () => timestampAuthoritiesFromPem(twoSigners),
    'SIGNERS',
    /found 2/,
  ],
  [
    'a certificate as log key',
    () => logsFromPem(pem.fulcioRoot, ''),
    'CERTIFICATE',
    /found a PEM block/,
  ],
];

for (const [what, read, code, message] of REFUSED) {
  test(`PEM trust: ${what} is refused with ${code}`, () => {
    assert.throws(read, (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  });
}

test('MNH-19 trustMaterial() has another hash for every part that differs', () => {
  const certificateAuthorities = authoritiesFromPem(pem.fulcioRoot);
  const timestampAuthorities = timestampAuthoritiesFromPem(pem.tsaRoot);
  const logs = logsFromPem(pem.rekor, 'https://rekor.test');
  const materials = [
    NO_TRUST,
    { ...NO_TRUST, certificateAuthorities },
    { ...NO_TRUST, timestampAuthorities: certificateAuthorities },
    { ...NO_TRUST, timestampAuthorities },
    { ...NO_TRUST, logs },
    { ...NO_TRUST, ctLogs: logs },
    { ...NO_TRUST, logs: logs.map((log) => ({ ...log, validFor: { start: 0, end: Infinity } })) },
    { ...NO_TRUST, logs: logs.map((log) => ({ ...log, operator: 'acme' })) },
  ].map(trustMaterial);
  assert.equal(new Set(materials.map(({ hash }) => hash)).size, materials.length);
  assert.equal(trustMaterial(NO_TRUST).hash, materials[0]?.hash);
});
