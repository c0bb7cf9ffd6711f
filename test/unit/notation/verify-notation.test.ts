import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Digest } from '#shared/base/digest.ts';
import type { NotationRequest } from '#shared/notation/assess-notation.ts';
import type { NotationOutcome } from '#shared/notation/notation-outcome.ts';
import type { NotationReason } from '#shared/notation/notation-reason.ts';
import type { NotationSignature } from '#shared/notation/notation-signature.ts';
import type { RevocationAnswer, RevocationQuestion } from '#shared/notation/revocation.ts';
import type { Check } from '#shared/notation/trust-policy.ts';
import { verifyNotation, type VerifyNotationOptions } from '#shared/notation/verify-notation.ts';
import {
  type MadeCertificate,
  makeIntermediate,
  makeRoot,
  makeSigner,
} from '#test/support/notation/certificate-maker.ts';
import {
  ENVELOPE_TYPES,
  type EnvelopeFormat,
  FORMATS,
  type NotationSignOptions,
  signNotation,
  SIGNING_TIME,
  TARGET,
} from '#test/support/notation/notation-signer.ts';
import {
  makeNotationWorld,
  NOW,
  requestFor,
  type StatementOptions,
} from '#test/support/notation/notation-world.ts';
import {
  makeTimestampSigner,
  makeTimestampToken,
} from '#test/support/notation/timestamp-authority.ts';

const world = makeNotationWorld();
const root = makeRoot();
const intermediate = makeIntermediate(root);
const timestampRoot = makeRoot({ subject: [['CN', 'Timestamp root']] });
const authority = [makeTimestampSigner(timestampRoot), timestampRoot];
const AUTHORITY = 'notary.x509.signingAuthority';
const DAY = 24 * 60 * 60 * 1000;

const below = (options: Parameters<typeof makeSigner>[1] = {}): readonly MadeCertificate[] => [
  makeSigner(intermediate, options),
  intermediate,
  root,
];
const chain = below();
const expiredRoot = makeRoot({ notAfter: NOW - 1000 });

function found(
  format: EnvelopeFormat,
  signers: readonly MadeCertificate[] = chain,
  options: NotationSignOptions = {},
): NotationSignature {
  const source = {
    place: 'referrers-api',
    repository: 'registry.test/app',
    manifestDigest: sha256Digest(''),
  } as const;
  return {
    envelopeType: ENVELOPE_TYPES[format],
    envelope: signNotation(format, signers, options),
    source,
  };
}

async function outcomeOf(
  signature: NotationSignature,
  request: NotationRequest,
  options: VerifyNotationOptions = {},
): Promise<NotationOutcome> {
  const verdict = await verifyNotation([signature], request, options);
  assert.equal(verdict.kind, 'judged');
  const [judged] = verdict.signatures;
  assert.ok(judged !== undefined);
  return judged.outcome;
}

const stamp =
  (time = SIGNING_TIME, accuracy = 0) =>
  (signature: Buffer): Buffer =>
    makeTimestampToken(signature, authority, { time, accuracy });

interface Row {
  readonly what: string;
  readonly signers?: readonly MadeCertificate[];
  readonly sign?: NotationSignOptions;
  readonly policy?: StatementOptions;
  readonly request?: Partial<NotationRequest>;
}

const TRUSTED: StatementOptions = { ca: root };
const STAMPED: StatementOptions = { ca: root, tsa: timestampRoot };

const ACCEPTED: readonly Row[] = [
  { what: 'a signature below a trusted root' },
  { what: 'a signature below a trusted intermediate', policy: { ca: intermediate } },
  {
    what: 'a trusted identity',
    policy: { ...TRUSTED, identities: ['x509.subject: C=US, ST=WA, O=Acme, CN=release signer'] },
  },
  { what: 'a signature that expires later', sign: { expiry: NOW + 1 } },
  {
    what: 'the metadata asked for',
    sign: { metadata: { a: 'b' } },
    request: { metadata: { a: 'b' } },
  },
  {
    what: 'a signing authority',
    sign: { scheme: AUTHORITY },
    policy: { signingAuthority: root },
  },
  {
    what: 'a signing authority whose certificate expired since',
    signers: below({ notAfter: NOW - 1000 }),
    sign: { scheme: AUTHORITY },
    policy: { signingAuthority: root },
  },
  { what: 'a timestamp', sign: { timestamp: stamp() }, policy: STAMPED },
  {
    what: 'a timestamp of before the certificate expired',
    signers: below({ notAfter: NOW - 1000 }),
    sign: { timestamp: stamp() },
    policy: STAMPED,
  },
  {
    what: 'no timestamp where one counts after expiry only',
    policy: { ...STAMPED, verifyTimestamp: 'afterCertExpiry' },
  },
  {
    what: 'a broken timestamp where the policy names no authority',
    sign: { timestamp: () => Buffer.from('junk') },
  },
];

for (const format of FORMATS)
  for (const { what, signers, sign, policy = TRUSTED, request } of ACCEPTED)
    test(`verifyNotation() accepts ${what} (${format})`, async () => {
      const outcome = await outcomeOf(found(format, signers, sign), requestFor(policy, request));
      assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome));
      assert.deepEqual(outcome.warnings, []);
      assert.equal(outcome.facts.signer, 'CN=release signer,O=Acme,ST=WA,C=US');
      assert.equal(outcome.facts.root, 'CN=Test root');
    });

interface RefusedRow extends Row {
  readonly reason: NotationReason;
  readonly check: Check;
  readonly message: RegExp;
}

const REFUSED: readonly RefusedRow[] = [
  {
    what: 'MNH-02 another digest',
    request: { target: { ...TARGET, digest: sha256Digest('other') } },
    reason: 'WRONG_TARGET',
    check: 'integrity',
    message: /is for sha256:\w+, not sha256:/,
  },
  {
    what: 'another size',
    request: { target: { ...TARGET, size: 529 } },
    reason: 'WRONG_TARGET',
    check: 'integrity',
    message: /528 bytes of .* the artifact is 529 bytes/,
  },
  {
    what: 'another media type',
    request: { target: { ...TARGET, mediaType: 'application/x' } },
    reason: 'WRONG_TARGET',
    check: 'integrity',
    message: /of "application\/x"/,
  },
  {
    what: 'MNH-10 missing metadata',
    sign: { metadata: { a: 'c' } },
    request: { metadata: { a: 'b', toString: 'x' } },
    reason: 'METADATA_MISMATCH',
    check: 'integrity',
    message: /lacks the required metadata a=b, toString=x/,
  },
  {
    what: 'a stranger',
    signers: world.strangers,
    reason: 'UNTRUSTED_CERTIFICATE',
    check: 'authenticity',
    message: /root "CN=Strange root"\) is not issued by a trusted authority/,
  },
  {
    what: 'a stranger with the name of a trusted root',
    signers: world.chain,
    reason: 'UNTRUSTED_CERTIFICATE',
    check: 'authenticity',
    message: /not issued by a trusted authority/,
  },
  {
    what: 'MNH-11 another identity',
    policy: { ...TRUSTED, identities: ['x509.subject: C=US, ST=WA, O=Acme, CN=other'] },
    reason: 'UNTRUSTED_IDENTITY',
    check: 'authenticity',
    message: /signed by "CN=release signer,.*", policy wants "C=US, ST=WA, O=Acme, CN=other"/,
  },
  {
    what: 'a signing authority with a store for signers',
    sign: { scheme: AUTHORITY },
    reason: 'NO_TRUST_STORE',
    check: 'authenticity',
    message: /no trust store of type "signingAuthority"/,
  },
  {
    what: 'a signer with a store for signing authorities',
    policy: { signingAuthority: root },
    reason: 'NO_TRUST_STORE',
    check: 'authenticity',
    message: /no trust store of type "ca"/,
  },
  {
    what: 'a signer with a store for timestamps',
    policy: { tsa: root },
    reason: 'NO_TRUST_STORE',
    check: 'authenticity',
    message: /no trust store of type "ca"/,
  },
  {
    what: 'a signature that has expired',
    sign: { expiry: NOW },
    reason: 'SIGNATURE_EXPIRED',
    check: 'expiry',
    message: /expired at 2030-06-02T12:00:00.000Z/,
  },
  {
    what: 'MNH-14 an expired signing certificate',
    signers: below({ notAfter: NOW - 1000 }),
    reason: 'CERTIFICATE_NOT_VALID',
    check: 'authenticTimestamp',
    message: /release signer.* this time is 2030-06-02/,
  },
  {
    what: 'MNH-14 an expired root',
    signers: [makeSigner(expiredRoot), expiredRoot],
    policy: { ca: expiredRoot },
    reason: 'CERTIFICATE_NOT_VALID',
    check: 'authenticTimestamp',
    message: /certificate "CN=Test root" is valid from/,
  },
  {
    what: 'MNH-14 a certificate that is not valid yet',
    signers: below({ notBefore: NOW + 1000 }),
    reason: 'CERTIFICATE_NOT_VALID',
    check: 'authenticTimestamp',
    message: /is valid from/,
  },
  {
    what: 'MNH-14 a signing authority after its certificate expired',
    signers: below({ notAfter: SIGNING_TIME - 1000 }),
    sign: { scheme: AUTHORITY },
    policy: { signingAuthority: root },
    reason: 'CERTIFICATE_NOT_VALID',
    check: 'authenticTimestamp',
    message: /the signing time is 2030-06-01T12:00:00.000Z/,
  },
  {
    what: 'no timestamp where the policy names an authority',
    policy: STAMPED,
    reason: 'NO_TIMESTAMP',
    check: 'authenticTimestamp',
    message: /has no timestamp, and the policy names an authority/,
  },
  {
    what: 'an expired certificate where a timestamp counts after expiry only',
    signers: below({ notAfter: NOW - 1000 }),
    policy: { ...STAMPED, verifyTimestamp: 'afterCertExpiry' },
    reason: 'NO_TIMESTAMP',
    check: 'authenticTimestamp',
    message: /has no timestamp/,
  },
  {
    what: 'MNH-14 a timestamp after the certificate expired',
    signers: below({ notAfter: SIGNING_TIME - 1000 }),
    sign: { timestamp: stamp() },
    policy: STAMPED,
    reason: 'CERTIFICATE_NOT_VALID',
    check: 'authenticTimestamp',
    message: /the time of the timestamp is/,
  },
  {
    what: 'MNH-14 a timestamp that may be from after the certificate expired',
    signers: below({ notAfter: SIGNING_TIME + 1000 }),
    sign: { timestamp: stamp(SIGNING_TIME, 2) },
    policy: STAMPED,
    reason: 'CERTIFICATE_NOT_VALID',
    check: 'authenticTimestamp',
    message: /the time of the timestamp is/,
  },
  {
    what: 'MNH-13 the timestamp of another signature',
    sign: { timestamp: () => stamp()(Buffer.from('other')) },
    policy: STAMPED,
    reason: 'INVALID_TIMESTAMP',
    check: 'authenticTimestamp',
    message: /is for another signature/,
  },
  {
    what: 'the timestamp of a stranger',
    sign: { timestamp: stamp() },
    policy: { ca: root, tsa: root },
    reason: 'UNTRUSTED_TIMESTAMP',
    check: 'authenticTimestamp',
    message: /does not lead to a trusted timestamp authority/,
  },
  {
    what: 'an expired certificate whose timestamp no authority in the policy vouches for',
    signers: below({ notAfter: NOW - 1000 }),
    sign: { timestamp: stamp() },
    reason: 'CERTIFICATE_NOT_VALID',
    check: 'authenticTimestamp',
    message: /this time is/,
  },
];

for (const format of FORMATS)
  for (const { what, signers, sign, policy = TRUSTED, request, ...wanted } of REFUSED)
    test(`verifyNotation() refuses ${what}: ${wanted.reason} (${format})`, async () => {
      const outcome = await outcomeOf(found(format, signers, sign), requestFor(policy, request));
      assert.equal(outcome.kind, 'refused');
      assert.equal(outcome.failure.reason, wanted.reason, outcome.failure.message);
      assert.equal(outcome.check, wanted.check);
      assert.match(outcome.failure.message, wanted.message);
    });

const LEVELS: readonly [
  level: string,
  override: Readonly<Record<string, string>> | undefined,
  row: Row,
  accepted: boolean,
][] = [
  ['permissive', undefined, { what: 'an expired signature', sign: { expiry: NOW } }, true],
  [
    'permissive',
    { expiry: 'enforce' },
    { what: 'an expired signature', sign: { expiry: NOW } },
    false,
  ],
  [
    'permissive',
    undefined,
    { what: 'an expired certificate', signers: below({ notAfter: NOW - 1000 }) },
    true,
  ],
  ['permissive', undefined, { what: 'a stranger', signers: world.strangers }, false],
  ['audit', undefined, { what: 'a stranger', signers: world.strangers }, true],
  ['audit', { authenticity: 'enforce' }, { what: 'a stranger', signers: world.strangers }, false],
  [
    'audit',
    undefined,
    { what: 'another artifact', request: { target: { ...TARGET, size: 1 } } },
    false,
  ],
  ['audit', undefined, { what: 'a wrong signature', sign: { tamper: wrongSignature } }, false],
  ['strict', { expiry: 'log' }, { what: 'an expired signature', sign: { expiry: NOW } }, true],
];

function wrongSignature(envelope: Record<string, unknown>): void {
  const { signature } = envelope;
  envelope['signature'] = typeof signature === 'string' ? 'AAAA' : new Uint8Array(64);
}

for (const [level, override, row, accepted] of LEVELS)
  test(`verifyNotation() ${accepted ? 'logs' : 'refuses'} ${row.what} at level ${level} ${JSON.stringify(override ?? {})}`, async () => {
    const policy = { ...TRUSTED, level, ...(override === undefined ? {} : { override }) };
    const outcome = await outcomeOf(
      found('jws', row.signers, row.sign),
      requestFor(policy, row.request),
    );
    assert.equal(outcome.kind, accepted ? 'accepted' : 'refused', JSON.stringify(outcome));
    if (outcome.kind === 'accepted') assert.equal(outcome.warnings.length, 1);
  });

test('verifyNotation() looks at nothing at level skip', async () => {
  const verdict = await verifyNotation([found('jws')], requestFor({ level: 'skip' }));
  assert.deepEqual(verdict, { kind: 'skipped' });
});

test('MNH-05 verifyNotation() judges no signature as accepted where there is none', async () => {
  assert.deepEqual(await verifyNotation([], requestFor(TRUSTED)), {
    kind: 'judged',
    signatures: [],
  });
});

test('MNH-26 verifyNotation() finds the good signature among broken and foreign ones', async () => {
  const broken = { ...found('jws'), envelope: Buffer.from('{') };
  const signatures = [broken, found('cose', world.strangers), found('jws')];
  const verdict = await verifyNotation(signatures, requestFor(TRUSTED));
  assert.equal(verdict.kind, 'judged');
  assert.deepEqual(
    verdict.signatures.map(({ outcome }) => outcome.kind),
    ['refused', 'refused', 'accepted'],
  );
});

const ANSWERS: Readonly<Record<string, RevocationAnswer>> = {
  good: { kind: 'good' },
  revoked: { kind: 'revoked', message: 'it was revoked' },
  unreachable: { kind: 'unknown', message: 'nobody answered', transient: true },
};

const REVOCATION: readonly [
  what: string,
  policy: StatementOptions,
  answers: readonly [signing: string, timestamping: string],
  outcome: NotationOutcome['kind'],
  reason?: NotationReason,
][] = [
  ['nothing is revoked', STAMPED, ['good', 'good'], 'accepted'],
  ['the signer is revoked', STAMPED, ['revoked', 'good'], 'refused', 'REVOKED'],
  ['the authority is revoked', STAMPED, ['good', 'revoked'], 'refused', 'REVOKED'],
  ['nobody answers', STAMPED, ['unreachable', 'good'], 'undecided', 'REVOCATION_UNKNOWN'],
  [
    'nobody answers for the authority',
    STAMPED,
    ['good', 'unreachable'],
    'undecided',
    'REVOCATION_UNKNOWN',
  ],
  ['one is revoked and nobody answers', STAMPED, ['unreachable', 'revoked'], 'refused', 'REVOKED'],
  ['revocation is logged', { ...STAMPED, level: 'permissive' }, ['revoked', 'revoked'], 'accepted'],
  [
    'revocation of the signer is logged',
    { ...STAMPED, override: { revocation: 'log' } },
    ['revoked', 'unreachable'],
    'undecided',
    'REVOCATION_UNKNOWN',
  ],
  [
    'revocation is left out',
    { ...STAMPED, override: { revocation: 'skip' } },
    ['revoked', 'revoked'],
    'accepted',
  ],
];

for (const [what, policy, [signing, timestamping], kind, reason] of REVOCATION)
  test(`verifyNotation() gives ${kind} where ${what}`, async () => {
    const revocation = {
      check: ({ purpose }: RevocationQuestion) =>
        Promise.resolve(
          ANSWERS[purpose === 'signing' ? signing : timestamping] ?? { kind: 'good' as const },
        ),
    };
    const signature = found('cose', chain, { timestamp: stamp() });
    const outcome = await outcomeOf(signature, requestFor(policy), { revocation });
    assert.equal(outcome.kind, kind);
    if (outcome.kind !== 'accepted') assert.equal(outcome.failure.reason, reason);
    if (outcome.kind === 'undecided') assert.equal(outcome.transient, true);
  });

test('verifyNotation() asks about revocation only for signatures that are trusted', async () => {
  const asked: RevocationQuestion[] = [];
  const revocation = {
    check: (question: RevocationQuestion) => {
      asked.push(question);
      return Promise.resolve({ kind: 'good' as const });
    },
  };
  for (const [signature, policy] of [
    [found('jws', world.strangers), TRUSTED],
    [found('jws', world.strangers), { ...TRUSTED, level: 'audit' }],
    [found('jws', chain, { expiry: NOW }), TRUSTED],
    [found('jws', chain, { tamper: wrongSignature }), TRUSTED],
  ] as const)
    await outcomeOf(signature, requestFor(policy), { revocation });
  assert.equal(asked.length, 0);
  await outcomeOf(
    found('jws', chain, { scheme: AUTHORITY }),
    requestFor({ signingAuthority: root }),
    {
      revocation,
    },
  );
  assert.deepEqual(
    asked.map(({ purpose, signingTime }) => [purpose, signingTime]),
    [['signing', SIGNING_TIME]],
  );
});

test('verifyNotation() does not decide about certificates that can be revoked without a checker', async () => {
  const signers = below({ crl: 'http://127.0.0.1:9/crl' });
  const outcome = await outcomeOf(found('jws', signers), requestFor(TRUSTED));
  assert.equal(outcome.kind, 'undecided');
  assert.equal(outcome.transient, false);
  assert.match(outcome.failure.message, /can be revoked, and revocation checking is switched off/);
});

test('verifyNotation() tells the facts of a signature, of a refused one as well', async () => {
  const signature = found('cose', chain, {
    expiry: NOW - DAY / 2,
    metadata: { build: '7' },
    timestamp: stamp(SIGNING_TIME, 1),
  });
  const outcome = await outcomeOf(signature, requestFor(STAMPED));
  assert.equal(outcome.kind, 'refused');
  assert.deepEqual(
    { ...outcome.facts, certificateFingerprint: '', keyFingerprint: '' },
    {
      format: 'cose',
      algorithm: 'ES256',
      scheme: 'notary.x509',
      signer: 'CN=release signer,O=Acme,ST=WA,C=US',
      root: 'CN=Test root',
      certificateFingerprint: '',
      keyFingerprint: '',
      signingTime: SIGNING_TIME,
      expiry: NOW - DAY / 2,
      timestamp: {
        from: SIGNING_TIME - 1000,
        to: SIGNING_TIME + 1000,
        authority: 'CN=Test timestamps',
      },
      metadata: { build: '7' },
      signingAgent: 'test/1',
    },
  );
});
