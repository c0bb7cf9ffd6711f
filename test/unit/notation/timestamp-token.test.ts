import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFailure } from '#shared/notation/notation-reason.ts';
import { verifyTimestampToken } from '#shared/notation/timestamp-token.ts';
import {
  type MadeCertificate,
  makeIntermediate,
  makeRoot,
  makeSigner,
  NOT_AFTER,
} from '#test/support/notation/certificate-maker.ts';
import { asRead } from '#test/support/notation/notation-signer.ts';
import {
  makeTimestampSigner,
  makeTimestampToken,
  type TokenOptions,
} from '#test/support/notation/timestamp-authority.ts';

const TIME = Date.UTC(2030, 5, 1, 12);
const message = Buffer.from('a signature');
const root = makeRoot();
const intermediate = makeIntermediate(root);
const authority = makeTimestampSigner(intermediate);
const chain = [authority, intermediate, root];

function verify(
  options: Partial<TokenOptions> = {},
  signers: readonly MadeCertificate[] = chain,
  roots: readonly MadeCertificate[] = [root],
): ReturnType<typeof verifyTimestampToken> {
  const token = makeTimestampToken(message, signers, { time: TIME, ...options });
  return verifyTimestampToken(token, message, roots.map(asRead));
}

const GOOD: readonly [what: string, options: Partial<TokenOptions>, from: number, to: number][] = [
  ['a plain token', {}, 0, 0],
  ['accuracy', { accuracy: 5 }, -5000, 5000],
  ['the baseline policy', { policy: '0.4.0.2023.1.1' }, -1000, 1000],
  ['accuracy beside the baseline policy', { policy: '0.4.0.2023.1.1', accuracy: 3 }, -3000, 3000],
  ['a fraction of one digit', { fraction: '.5' }, 500, 500],
  ['a fraction of four digits', { fraction: '.1234' }, 123, 123],
  ['a signing time', { attributeTime: TIME + 1000 }, 0, 0],
  ['certificates without the root', { certificates: [authority, intermediate] }, 0, 0],
  ['certificates in another order', { certificates: [root, authority, intermediate] }, 0, 0],
  [
    'foreign certificates beside its own',
    { certificates: [makeRoot(), makeSigner(undefined), authority, intermediate] },
    0,
    0,
  ],
];

for (const [what, options, from, to] of GOOD)
  test(`verifyTimestampToken() accepts ${what}`, () => {
    const result = verify(options);
    assert.ok(!isFailure(result), isFailure(result) ? result.message : '');
    assert.deepEqual([result.from - TIME, result.to - TIME], [from, to]);
    assert.equal(result.chain.length, 3);
  });

for (const keyType of ['p384', 'p521', 'rsa-2048'] as const)
  test(`verifyTimestampToken() accepts an authority with a ${keyType} key`, () => {
    assert.ok(!isFailure(verify({}, [makeTimestampSigner(root, { keyType }), root])));
  });

const early = makeTimestampSigner(root, { notAfter: TIME - 1000 });
const lateRoot = makeRoot({ notBefore: TIME + 1000 });

const BAD: readonly [
  what: string,
  result: () => ReturnType<typeof verify>,
  message: RegExp,
  reason?: 'UNTRUSTED_TIMESTAMP',
][] = [
  [
    'another root',
    () => verify({}, chain, [makeRoot()]),
    /does not lead to/,
    'UNTRUSTED_TIMESTAMP',
  ],
  ['no roots', () => verify({}, chain, []), /does not lead to a trusted/, 'UNTRUSTED_TIMESTAMP'],
  [
    'a missing intermediate',
    () => verify({ certificates: [authority, root] }),
    /does not lead to a trusted/,
    'UNTRUSTED_TIMESTAMP',
  ],
  [
    'no certificate of its own',
    () => verify({ certificates: [root] }),
    /does not hold the certificate/,
  ],
  ['no certificate named', () => verify({ withoutNamed: true }), /expected tag/],
  ['another certificate named', () => verify({ named: root }), /does not hold the certificate/],
  [
    'a code signer',
    () => verify({}, [makeSigner(root), root]),
    /must have timestamping as its only/,
  ],
  ['a signature by another key', () => verify({ signingKey: root }), /signature does not verify/],
  [
    'content that was changed',
    () => verify({ changeContent: (content) => flip(content, content.length - 3) }),
    /what is signed is not what it holds/,
  ],
  ['another content type', () => verify({ contentType: '1.2.3' }), /does not hold a timestamp/],
  [
    'another signed type',
    () => verify({ attributeType: '1.2.3' }),
    /what is signed is not what it/,
  ],
  ['an imprint by SHA-1', () => verify({ imprintHash: 'sha1' }), /does not use SHA-256/],
  ['another version', () => verify({ version: 2 }), /not of version 1/],
  [
    'MNH-14 an authority that had expired',
    () => verify({}, [early, root]),
    /was not valid at the time/,
  ],
  [
    'MNH-14 a root that was not valid yet',
    () => verify({}, [makeTimestampSigner(lateRoot), lateRoot], [lateRoot]),
    /was not valid at the time/,
  ],
  [
    'MNH-14 a signing time outside validity',
    () => verify({ attributeTime: NOT_AFTER + 1000 }),
    /was not valid/,
  ],
];

for (const [what, result, text, reason = 'INVALID_TIMESTAMP'] of BAD)
  test(`verifyTimestampToken() refuses ${what}: ${reason}`, () => {
    const failure = result();
    assert.ok(isFailure(failure));
    assert.equal(failure.reason, reason);
    assert.match(failure.message, text);
  });

test('MNH-13 verifyTimestampToken() refuses a token that was made for other bytes', () => {
  const token = makeTimestampToken(message, chain, { time: TIME });
  const failure = verifyTimestampToken(token, Buffer.from('another'), [asRead(root)]);
  assert.ok(isFailure(failure));
  assert.match(failure.message, /is for another signature/);
});

test('verifyTimestampToken() tries a bounded number of chains', () => {
  const twins = Array.from({ length: 10 }, () => makeIntermediate(root));
  const lost = makeTimestampSigner(makeIntermediate(root));
  const failure = verify({ certificates: [lost, ...twins] }, [lost]);
  assert.ok(isFailure(failure));
  assert.equal(failure.reason, 'UNTRUSTED_TIMESTAMP');
  const many = verify({ certificates: [lost, ...twins, ...twins] }, [lost]);
  assert.ok(isFailure(many));
  assert.match(many.message, /too many certificates/);
});

test('verifyTimestampToken() accepts no token with a byte changed, where that byte is signed', () => {
  const good = makeTimestampToken(message, chain, {
    time: TIME,
    certificates: [authority, intermediate],
  });
  const roots = [asRead(root)];
  for (let at = 0; at < good.length; at += 5) {
    const result = verifyTimestampToken(flip(good, at), message, roots);
    if (isFailure(result)) continue;
    assert.deepEqual(
      [result.from, result.to, result.chain[0]?.der],
      [TIME, TIME, authority.der],
      `${at}`,
    );
  }
});

test('verifyTimestampToken() never throws on cut or foreign bytes', () => {
  const good = makeTimestampToken(message, chain, { time: TIME });
  const roots = [asRead(root)];
  for (let length = 0; length < good.length; length += 7)
    assert.ok(isFailure(verifyTimestampToken(good.subarray(0, length), message, roots)));
  for (const foreign of [Buffer.from('{}'), root.der, Buffer.alloc(1000, 0x30)])
    assert.ok(isFailure(verifyTimestampToken(foreign, message, roots)));
});

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
