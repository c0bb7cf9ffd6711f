import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, nat, property, uint8Array } from 'fast-check';
import { timestampAuthoritiesFromPem } from '#shared/trust/pem-trust.ts';
import { verifyTimestamp } from '#shared/verification/verify-timestamp.ts';
import type { AuthorityLevel } from '#test/support/sigstore/certificate-authority.ts';
import { flipBit } from '#test/support/sigstore/alter.ts';
import { KEY_PURPOSE, nameConstraints } from '#test/support/sigstore/extensions.ts';
import type { HashName, KeyType } from '#test/support/sigstore/signing-key.ts';
import {
  type StampOptions,
  type TimestampAuthority,
  type TsaOptions,
  createTimestampAuthority,
} from '#test/support/sigstore/timestamp-authority.ts';
import { VIRTUAL_TIME as at } from '#test/support/sigstore/virtual-sigstore.ts';

const signature = Buffer.from('signature');
const small: AuthorityLevel = { keyType: 'ecdsa-p256' };

function pem(tsa: TimestampAuthority, trust: 'chain' | 'root'): string {
  const certificates = trust === 'root' ? [tsa.chain.root.certificate] : tsa.certificates;
  return certificates.map((certificate) => certificate.pem).join('');
}

/** The time that a token is good for, or the code of what is wrong with it. */
function judge(
  token: Buffer,
  tsa: TimestampAuthority,
  { trust = 'chain', over = signature }: { trust?: 'chain' | 'root'; over?: Buffer } = {},
): number | string {
  const result = verifyTimestamp(token, [over], timestampAuthoritiesFromPem(pem(tsa, trust)));
  return 'code' in result ? result.code : result.time;
}

const GOOD: readonly {
  readonly keyType: KeyType;
  readonly hash: HashName;
  readonly stamp?: StampOptions;
  readonly trust?: 'root';
  readonly later?: number;
}[] = [
  { keyType: 'ecdsa-p256', hash: 'sha256' },
  { keyType: 'ecdsa-p384', hash: 'sha384', stamp: { imprintHash: 'sha384' } },
  { keyType: 'ecdsa-p256', hash: 'sha512', stamp: { imprintHash: 'sha512', nonce: 7 } },
  { keyType: 'ecdsa-p521', hash: 'sha512', stamp: { embed: 'chain' }, trust: 'root' },
  { keyType: 'rsa-2048', hash: 'sha256', stamp: { fraction: '5' }, later: 500 },
  { keyType: 'rsa-2048', hash: 'sha384', stamp: { bareRsa: true, fraction: '05' }, later: 50 },
  { keyType: 'rsa-2048', hash: 'sha512', stamp: { bareRsa: true, fraction: '123456' }, later: 123 },
  { keyType: 'ecdsa-p256', hash: 'sha256', stamp: { withoutSigningCertificate: true } },
  { keyType: 'ecdsa-p256', hash: 'sha256', stamp: { status: 1 } },
];

for (const { keyType, hash, stamp = {}, trust = 'chain', later = 0 } of GOOD)
  test(`timestamp: ${keyType} with ${hash} ${JSON.stringify(stamp)}, trusted by its ${trust}, is good`, () => {
    const tsa = createTimestampAuthority({ keyType, hash, intermediates: [small] });
    const token = tsa.stamp(stamp)(signature, at);
    assert.equal(judge(token, tsa, { trust }), at.getTime() + later);
  });

const WRONG: readonly {
  readonly what: string;
  readonly tsa?: TsaOptions;
  readonly stamp?: StampOptions;
  readonly trust?: 'root';
  readonly code: string;
}[] = [
  { what: 'over something else', stamp: { over: Buffer.from('x') }, code: 'TIMESTAMP_IMPRINT' },
  { what: 'signed with another key', stamp: { wrongKey: true }, code: 'TIMESTAMP_INVALID' },
  {
    what: 'that holds something else',
    stamp: { contentType: '1.2.840.113549.1.7.1' },
    code: 'TIMESTAMP_MALFORMED',
  },
  { what: 'that was rejected', stamp: { status: 2 }, code: 'TIMESTAMP_MALFORMED' },
  {
    what: 'by a certificate that had expired',
    tsa: { notAfter: new Date('2024-05-31') },
    code: 'TIMESTAMP_NOT_VALID_THEN',
  },
  {
    what: 'by a certificate that was not valid yet',
    tsa: { notBefore: new Date('2024-06-02') },
    code: 'TIMESTAMP_NOT_VALID_THEN',
  },
  {
    what: 'below an intermediate that had expired',
    tsa: { intermediates: [{ notAfter: new Date('2024-05-31') }] },
    code: 'TIMESTAMP_NOT_VALID_THEN',
  },
  {
    what: 'below a root that had expired',
    tsa: { root: { notAfter: new Date('2024-05-31') } },
    code: 'TIMESTAMP_NOT_VALID_THEN',
  },
  { what: 'by a certificate without a purpose', tsa: { purposes: [] }, code: 'TIMESTAMP_INVALID' },
  {
    what: 'by a code-signing certificate',
    tsa: { purposes: [KEY_PURPOSE.codeSigning] },
    code: 'TIMESTAMP_INVALID',
  },
  {
    what: 'below a certificate that is no authority',
    tsa: { intermediates: [{ ca: false }] },
    stamp: { embed: 'chain' },
    trust: 'root',
    code: 'TIMESTAMP_INVALID',
  },
  {
    what: 'below name constraints',
    tsa: { root: { extensions: [nameConstraints('dns', 'a.test')] } },
    code: 'TIMESTAMP_INVALID',
  },
  {
    what: 'whose signer nobody names',
    stamp: { embed: 'none' },
    trust: 'root',
    code: 'TIMESTAMP_UNKNOWN_AUTHORITY',
  },
];

for (const { what, tsa: options = {}, stamp = {}, trust = 'chain', code } of WRONG)
  test(`tampering: a timestamp ${what} is refused`, () => {
    const tsa = createTimestampAuthority({ intermediates: [small], ...options });
    assert.equal(judge(tsa.stamp(stamp)(signature, at), tsa, { trust }), code);
  });

test('tampering: a timestamp of an authority that is not trusted is refused, under every name', () => {
  const tsa = createTimestampAuthority({ intermediates: [small] });
  const foreign = createTimestampAuthority({ intermediates: [small] });
  for (const embed of ['none', 'leaf', 'chain'] as const)
    for (const trust of ['chain', 'root'] as const)
      assert.equal(
        judge(foreign.stamp({ embed })(signature, at), tsa, { trust }),
        'TIMESTAMP_UNKNOWN_AUTHORITY',
      );
});

const EMBEDDED = ['none', 'leaf', 'chain'] as const;

for (const embed of EMBEDDED)
  test(`tampering: a timestamp with any one byte changed is refused or says the same (embedded: ${embed})`, () => {
    const tsa = createTimestampAuthority({ root: small, intermediates: [small] });
    const token = tsa.stamp({ embed })(signature, at);
    const trust = embed === 'none' ? 'chain' : 'root';
    const whole = embed === 'leaf' ? 'chain' : trust;
    const times = [...token.keys()].map((position) =>
      judge(flipBit(token, position, position % 8), tsa, { trust: whole }),
    );
    const others = times.filter((time) => typeof time === 'number' && time !== at.getTime());
    assert.deepEqual(others, []);
    const signedBytes = token.length - times.filter((time) => typeof time === 'number').length;
    assert.ok(signedBytes > 250, `only ${signedBytes} bytes matter`);
  });

test('tampering: a timestamp that ends early or goes on is refused', () => {
  const tsa = createTimestampAuthority({ root: small });
  const token = tsa.stamp()(signature, at);
  for (const length of token.keys())
    assert.equal(judge(token.subarray(0, length), tsa), 'TIMESTAMP_MALFORMED');
  assert.equal(judge(Buffer.concat([token, Buffer.alloc(1)]), tsa), 'TIMESTAMP_MALFORMED');
});

test('tampering: random bytes and random damage to a timestamp never throw and never tell another time', () => {
  const tsa = createTimestampAuthority({ root: small });
  const token = tsa.stamp({ embed: 'chain' })(signature, at);
  check(
    property(uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(typeof judge(Buffer.from(bytes), tsa), 'string');
    }),
  );
  check(
    property(nat(token.length - 1), nat(255), nat(12), (start, value, count) => {
      const damaged = Buffer.from(token);
      damaged.fill(value, start, Math.min(start + count, token.length));
      const time = judge(damaged, tsa, { trust: 'root' });
      assert.ok(typeof time === 'string' || time === at.getTime());
    }),
    { numRuns: 400 },
  );
});
