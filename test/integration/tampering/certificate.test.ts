import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, property, uint8Array, nat } from 'fast-check';
import { type Certificate, isIssuedBy, parseCertificate } from '#shared/trust/certificate.ts';
import { readIdentity } from '#shared/trust/identity.ts';
import { GITHUB_CLAIMS } from '#test/support/sigstore/fulcio-claims.ts';
import { flipBit } from '#test/support/sigstore/alter.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';

// P-256 throughout: thousands of verifications.
const sigstore = createVirtualSigstore({
  fulcio: { intermediates: [{ keyType: 'ecdsa-p256' }] },
});
const { certificate: der } = sigstore.keyless({ claims: GITHUB_CLAIMS });
const issuer = parsed(sigstore.fulcio.chain.issuer.certificate.der);

function parsed(bytes: Buffer): Certificate {
  const certificate = parseCertificate(bytes);
  if (typeof certificate === 'string') throw new TypeError(certificate);
  return certificate;
}

function isAccepted(bytes: Buffer): boolean {
  const certificate = parseCertificate(bytes);
  return typeof certificate !== 'string' && isIssuedBy(certificate, issuer);
}

test('tampering: the certificate as it was made is accepted', () => {
  assert.ok(isAccepted(der));
});

test('tampering: a certificate with any one byte changed is not accepted', () => {
  const accepted = [...der.keys()].filter((position) => isAccepted(flipBit(der, position)));
  assert.deepEqual(accepted, []);
});

test('tampering: a certificate with any bit of a length changed is not accepted', () => {
  for (let position = 0; position < 8; position += 1)
    for (let bit = 0; bit < 8; bit += 1)
      assert.ok(!isAccepted(flipBit(der, position, bit)), `byte ${position}, bit ${bit}`);
});

test('tampering: a certificate that ends early or goes on is not accepted', () => {
  const cut = [...der.keys()].filter((length) => isAccepted(der.subarray(0, length)));
  assert.deepEqual(cut, []);
  assert.ok(!isAccepted(Buffer.concat([der, Buffer.alloc(1)])));
});

test('tampering: random bytes and random damage never throw', () => {
  check(
    property(uint8Array({ maxLength: 300 }), (bytes) => {
      assert.equal(typeof parseCertificate(Buffer.from(bytes)), 'string');
    }),
  );
  check(
    property(nat(der.length - 1), nat(255), nat(20), (position, value, count) => {
      const damaged = Buffer.from(der);
      damaged.fill(value, position, Math.min(position + count, der.length));
      const certificate = parseCertificate(damaged);
      if (typeof certificate !== 'string') readIdentity(certificate);
    }),
  );
});
