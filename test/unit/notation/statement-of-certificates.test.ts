import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assessNotation } from '#shared/notation/assess-notation.ts';
import type { TrustStoreError } from '#shared/notation/pem-certificates.ts';
import {
  statementOfCertificates,
  type TrustedCertificates,
} from '#shared/notation/statement-of-certificates.ts';
import {
  ENVELOPE_TYPES,
  signNotation,
  SIGNING_TIME,
  TARGET,
} from '#test/support/notation/notation-signer.ts';
import { makeNotationWorld, NOW } from '#test/support/notation/notation-world.ts';
import { makeTimestampToken } from '#test/support/notation/timestamp-authority.ts';

const { chain, authority, strangers } = makeNotationWorld();
const pem = (...made: readonly ({ readonly pem: string } | undefined)[]): string =>
  made.map((certificate) => certificate?.pem).join('\n');
const [signer, intermediate, root] = chain;
const [timestampSigner, timestampRoot] = authority;

const JUDGED: readonly [what: string, trusted: TrustedCertificates, failures: readonly string[]][] =
  [
    ['the root', { certificates: pem(root) }, []],
    ['the intermediate', { certificates: pem(intermediate) }, []],
    ['the signer itself', { certificates: pem(signer) }, []],
    ['the whole chain', { certificates: pem(...chain) }, []],
    ['another root beside it', { certificates: pem(...strangers, root) }, []],
    ['strangers', { certificates: pem(...strangers) }, ['UNTRUSTED_CERTIFICATE']],
    ['a timestamp root', { certificates: pem(root), tsaCertificates: pem(timestampRoot) }, []],
    [
      'a whole timestamp chain',
      { certificates: pem(root), tsaCertificates: pem(...authority) },
      [],
    ],
    [
      'a strange timestamp root',
      { certificates: pem(root), tsaCertificates: pem(root) },
      ['UNTRUSTED_TIMESTAMP'],
    ],
  ];

for (const [what, trusted, failures] of JUDGED)
  test(`statementOfCertificates() of ${what} gives ${failures.join() || 'trust'}`, () => {
    const envelope = signNotation('cose', chain, {
      timestamp: (signature) => makeTimestampToken(signature, authority, { time: SIGNING_TIME }),
    });
    const statement = statementOfCertificates('kyverno', trusted);
    const signature = { envelopeType: ENVELOPE_TYPES.cose, envelope };
    const assessment = assessNotation(signature, { statement, target: TARGET, now: NOW });
    assert.deepEqual(
      assessment.failures.map(({ failure }) => failure.reason),
      failures,
    );
  });

for (const [trusted, code, message] of [
  [
    { certificates: '' },
    'NO_CERTIFICATE',
    /^Cannot read certificates of "kyverno": found no whole/,
  ],
  [
    { certificates: pem(root), tsaCertificates: pem(timestampSigner) },
    'NOT_A_ROOT',
    /^Cannot read TSA certificates of "kyverno": found no self-signed one/,
  ],
] as const)
  test(`statementOfCertificates() refuses what trusts nobody with ${code}`, () => {
    assert.throws(
      () => statementOfCertificates('kyverno', trusted),
      (error: TrustStoreError) => error.code === code && message.test(error.message),
    );
  });

test('MNH-19 statementOfCertificates() gives other certificates another hash', () => {
  const hashes = JUDGED.map(([, trusted]) => statementOfCertificates('x', trusted).hash);
  // A whole timestamp chain trusts the same root as the root alone.
  assert.equal(new Set(hashes).size, JUDGED.length - 1);
});
