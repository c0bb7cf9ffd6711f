import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCertificate } from '#shared/notation/certificate.ts';
import { chainProblem } from '#shared/notation/certificate-chain.ts';
import type { ChainPurpose } from '#shared/notation/certificate-profile.ts';
import { bool, seq } from '#test/support/notation/asn1.ts';
import {
  CERT_SIGN,
  CODE_SIGNING,
  CRL_SIGN,
  DIGITAL_SIGNATURE,
  extension,
  type MadeCertificate,
  makeCertificate,
  makeIntermediate,
  makeRoot,
  makeSigner,
  OCSP_SIGNING,
  TIME_STAMPING,
} from '#test/support/notation/certificate-maker.ts';
import { asRead } from '#test/support/notation/notation-signer.ts';
import { makeTimestampSigner } from '#test/support/notation/timestamp-authority.ts';

const root = makeRoot();
const intermediate = makeIntermediate(root);
const second = makeIntermediate(intermediate, { subject: [['CN', 'Second intermediate']] });
const signer = makeSigner(intermediate);
const stranger = makeRoot({ subject: [['CN', 'Strange root']] });
/** The root's name with another key. */
const impostor = makeRoot();

function problem(
  chain: readonly MadeCertificate[],
  purpose: ChainPurpose = 'code-signing',
): string | undefined {
  return chainProblem(chain.map(asRead), purpose);
}

const GOOD: readonly [what: string, chain: readonly MadeCertificate[], purpose?: ChainPurpose][] = [
  ['a signer below its root', [makeSigner(root), root]],
  ['a signer below an intermediate', [signer, intermediate, root]],
  ['two intermediates', [makeSigner(second), second, intermediate, root]],
  ['a self-signed signer', [makeSigner(undefined)]],
  ['a signer without extended key usage', [makeSigner(root, { purposes: undefined }), root]],
  ['a signer without basic constraints', [makeSigner(root, { basicConstraints: undefined }), root]],
  [
    'a signer for code signing and a purpose of its own',
    [makeSigner(root, { purposes: { oids: [CODE_SIGNING, '1.2.3.4'] } }), root],
  ],
  [
    'a signer that may also vouch for content',
    [makeSigner(root, { keyUsage: { bits: [DIGITAL_SIGNATURE, 1] } }), root],
  ],
  [
    'a path length that is just enough',
    (() => {
      const strict = makeRoot({ basicConstraints: { isCa: true, pathLength: 1 } });
      const middle = makeIntermediate(strict, { basicConstraints: { isCa: true, pathLength: 0 } });
      return [makeSigner(middle), middle, strict];
    })(),
  ],
  ['a timestamp authority', [makeTimestampSigner(root), root], 'timestamping'],
  [
    'a timestamp authority whose key usage is not critical',
    [makeTimestampSigner(root, { keyUsage: { bits: [DIGITAL_SIGNATURE], critical: false } }), root],
    'timestamping',
  ],
];

for (const [what, chain, purpose] of GOOD)
  test(`chainProblem() accepts ${what}`, () => {
    assert.equal(problem(chain, purpose), undefined);
  });

const usage = (...bits: number[]): MadeCertificate => makeSigner(root, { keyUsage: { bits } });
const purpose = (...oids: string[]): MadeCertificate => makeSigner(root, { purposes: { oids } });
const shortRoot = makeRoot({ basicConstraints: { isCa: true, pathLength: 0 } });
const tooDeep = makeIntermediate(shortRoot);

const BAD: readonly [
  what: string,
  chain: readonly MadeCertificate[],
  message: RegExp,
  purpose?: ChainPurpose,
][] = [
  ['no certificate', [], /chain is empty/],
  ['a chain without its root', [signer, intermediate], /not self-signed, expected a root/],
  ['a single certificate that is not self-signed', [signer], /not self-signed/],
  ['a single root', [root], /is a CA certificate, expected a signing one/],
  ['a missing intermediate', [signer, root], /not issued by the next certificate/],
  ['certificates in the wrong order', [intermediate, signer, root], /not issued by the next/],
  [
    'a second root at the end',
    [makeSigner(root), root, stranger],
    /is self-signed, but not the last/,
  ],
  [
    'a self-signed signer above a root',
    [makeSigner(undefined), root],
    /is self-signed, but not the/,
  ],
  [
    'a root of the same name with another key',
    [makeSigner(root), impostor],
    /not issued by the next/,
  ],
  ['a stranger as root', [makeSigner(root), stranger], /not issued by the next/],
  [
    'an issuer that is no CA',
    [makeSigner(signer), signer, intermediate, root],
    /is not a CA certificate/,
  ],
  [
    'an issuer without basic constraints',
    (() => {
      const plain = makeIntermediate(root, { basicConstraints: undefined });
      return [makeSigner(plain), plain, root];
    })(),
    /is not a CA certificate/,
  ],
  [
    'an issuer that may not sign certificates',
    (() => {
      const plain = makeIntermediate(root, { keyUsage: { bits: [CRL_SIGN] } });
      return [makeSigner(plain), plain, root];
    })(),
    /may not sign certificates/,
  ],
  [
    'a path that is too long',
    [makeSigner(tooDeep), tooDeep, shortRoot],
    /allows 0 CA certificates/,
  ],
  ['no key usage', [makeSigner(root, { keyUsage: undefined }), root], /has no key usage extension/],
  [
    'a key usage that is not critical',
    [makeSigner(root, { keyUsage: { bits: [DIGITAL_SIGNATURE], critical: false } }), root],
    /key usage extension that is not critical/,
  ],
  ['a key usage without digital signature', [usage(1), root], /may not sign \(key usage/],
  ['a key usage for encipherment', [usage(0, 2), root], /may be used for key encipherment/],
  ['a key usage for data', [usage(0, 3), root], /may be used for data encipherment/],
  ['a key usage for agreement', [usage(0, 4), root], /may be used for key agreement/],
  ['a key usage for certificates', [usage(0, CERT_SIGN), root], /may be used for certificate sign/],
  ['a key usage for CRLs', [usage(0, CRL_SIGN), root], /may be used for CRL signing/],
  ['a key usage in the second octet', [usage(0, 8), root], /may be used for decipher only/],
  ['any purpose', [purpose('2.5.29.37.0'), root], /is also for any purpose/],
  ['a TLS server', [purpose(CODE_SIGNING, '1.3.6.1.5.5.7.3.1'), root], /is also for TLS server/],
  ['a TLS client', [purpose('1.3.6.1.5.5.7.3.2'), root], /is also for TLS client/],
  ['e-mail', [purpose('1.3.6.1.5.5.7.3.4'), root], /is also for e-mail protection/],
  ['timestamps', [purpose(TIME_STAMPING), root], /is also for timestamping/],
  ['OCSP', [purpose(OCSP_SIGNING), root], /is also for OCSP signing/],
  [
    'a key that is too short',
    [makeSigner(root, { keyType: 'rsa-1024' }), root],
    /has a key that is/,
  ],
  ['an Ed25519 key', [makeSigner(root, { keyType: 'ed25519' }), root], /has a key that is not RSA/],
  ['a signature with SHA-1', [makeSigner(root, { hash: 'sha1' }), root], /not signed with SHA-256/],
  [
    'basic constraints that cannot be read',
    [
      makeSigner(root, {
        basicConstraints: undefined,
        extensions: [extension('2.5.29.19', true, bool(true))],
      }),
      root,
    ],
    /extension that cannot be read/,
  ],
  [
    'a code signer as timestamp authority',
    [makeSigner(root), root],
    /must have timestamping as its only extended key usage/,
    'timestamping',
  ],
  [
    'an authority whose purpose is not critical',
    [makeTimestampSigner(root, { purposes: { oids: [TIME_STAMPING], critical: false } }), root],
    /marked critical/,
    'timestamping',
  ],
  [
    'an authority with a second purpose',
    [
      makeTimestampSigner(root, {
        purposes: { oids: [TIME_STAMPING, CODE_SIGNING], critical: true },
      }),
      root,
    ],
    /only extended key usage/,
    'timestamping',
  ],
];

for (const [what, chain, message, chainPurpose] of BAD)
  test(`chainProblem() refuses ${what}`, () => {
    assert.match(problem(chain, chainPurpose) ?? 'no problem', message);
  });

test('chainProblem() refuses more certificates than any chain has', () => {
  let issuer = root;
  const authorities = [root];
  for (let depth = 0; depth < 8; depth += 1) {
    issuer = makeIntermediate(issuer, { subject: [['CN', `CA ${depth}`]] });
    authorities.unshift(issuer);
  }
  assert.match(
    problem([makeSigner(issuer), ...authorities]) ?? '',
    /has 10 certificates, expected/,
  );
});

test('readCertificate() says what is wrong and never throws', () => {
  const { der } = signer;
  const twice = [extension('1.2.3', false, seq()), extension('1.2.3', false, seq())];
  for (const [bytes, message] of [
    [Buffer.alloc(0), /no tag/],
    [Buffer.from('30800000', 'hex'), /indefinite/],
    [Buffer.from('308200', 'hex'), /indefinite or too long/],
    [Buffer.from('30810100', 'hex'), /not minimal/],
    [der.subarray(0, -1), /ends after the bytes/],
    [Buffer.concat([der, Buffer.alloc(1)]), /bytes after the element/],
    [Buffer.alloc(17 * 1024), /larger than 16384 bytes/],
    [makeCertificate(root, { extensions: twice }).der, /extension occurs twice/],
  ] as const) {
    const result = readCertificate(bytes);
    assert.ok(typeof result === 'string');
    assert.match(result, message);
  }
});
