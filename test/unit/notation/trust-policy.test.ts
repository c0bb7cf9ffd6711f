import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from '#shared/base/fault.ts';
import { readTrustPolicy } from '#shared/notation/read-trust-policy.ts';
import { applicableStatement } from '#shared/notation/trust-policy.ts';
import type { TrustStoreError } from '#shared/notation/pem-certificates.ts';
import { parseTrustStore } from '#shared/notation/trust-store.ts';
import { matchesIdentity, parseTrustedIdentity } from '#shared/notation/trusted-identity.ts';
import {
  makeIntermediate,
  makeRoot,
  makeSigner,
} from '#test/support/notation/certificate-maker.ts';
import { asRead } from '#test/support/notation/notation-signer.ts';

const root = makeRoot();
const signer = makeSigner(root);
const STORES = [
  parseTrustStore('ca', 'acme', root.pem),
  parseTrustStore('tsa', 'clock', root.pem),
  parseTrustStore('signingAuthority', 'acme', root.pem),
];
const IDENTITY = 'x509.subject: C=US, ST=WA, O=Acme';

const STATEMENT = {
  name: 'all',
  registryScopes: ['*'],
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:acme'],
  trustedIdentities: ['*'],
};

function document(...statements: readonly object[]): Parameters<typeof readTrustPolicy>[0] {
  return { version: '1.0', trustPolicies: statements } as Parameters<typeof readTrustPolicy>[0];
}

function faultsOf(...statements: readonly object[]): readonly string[] {
  return readTrustPolicy(document(...statements), STORES).faults.map(formatFault);
}

test('readTrustPolicy() resolves levels, overrides, stores and identities', () => {
  const { statements, faults } = readTrustPolicy(
    document(STATEMENT, {
      name: 'app',
      registryScopes: ['ghcr.io/acme/app', 'localhost:5000/a/b'],
      signatureVerification: {
        level: 'permissive',
        override: { revocation: 'skip', expiry: 'enforce' },
        verifyTimestamp: 'afterCertExpiry',
      },
      trustStores: ['ca:acme', 'tsa:clock'],
      trustedIdentities: [IDENTITY],
    }),
    STORES,
  );
  assert.deepEqual(faults, []);
  const app = applicableStatement(statements, 'ghcr.io/acme/app');
  assert.equal(app?.name, 'app');
  assert.deepEqual(app.actions, {
    integrity: 'enforce',
    authenticity: 'enforce',
    authenticTimestamp: 'log',
    expiry: 'enforce',
    revocation: 'skip',
  });
  assert.equal(app.verifyTimestamp, 'afterCertExpiry');
  assert.equal(app.anchors.ca.length, 1);
  assert.equal(app.anchors.tsa?.length, 1);
  assert.equal(app.anchors.signingAuthority.length, 0);
  const other = applicableStatement(statements, 'ghcr.io/acme/app2');
  assert.equal(other?.name, 'all');
  assert.equal(other.anchors.tsa, undefined);
});

test('MNH-05 applicableStatement() trusts nothing where no scope is for the repository', () => {
  const { statements } = readTrustPolicy(
    document({ ...STATEMENT, registryScopes: ['ghcr.io/acme/app'] }),
    STORES,
  );
  for (const repository of ['ghcr.io/acme', 'ghcr.io/acme/app/x', 'evil.io/ghcr.io/acme/app'])
    assert.equal(applicableStatement(statements, repository), undefined, repository);
});

test('MNH-19 readTrustPolicy() gives every statement that decides differently another hash', () => {
  const other = [parseTrustStore('ca', 'acme', makeRoot().pem)];
  const hash = (statement: object, stores = STORES): string | undefined =>
    readTrustPolicy(document(statement), stores).statements[0]?.hash;
  const hashes = [
    hash(STATEMENT),
    hash(STATEMENT, other),
    hash({ ...STATEMENT, signatureVerification: { level: 'audit' } }),
    hash({ ...STATEMENT, trustedIdentities: [IDENTITY] }),
    hash({ ...STATEMENT, trustStores: ['ca:acme', 'tsa:clock'] }),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
  assert.equal(hash(STATEMENT), hashes[0]);
});

const level = (signatureVerification: object): object => ({ ...STATEMENT, signatureVerification });

const FAULTS: readonly [what: string, statement: object, faults: readonly RegExp[]][] = [
  ['no name', { ...STATEMENT, name: '' }, [/trustPolicies\[0\].name: expected a name/]],
  ['an unknown field', { ...STATEMENT, scope: 1 }, [/\[0\].scope: unknown field/]],
  ['no scopes', { ...STATEMENT, registryScopes: [] }, [/registryScopes: expected a list/]],
  [
    'a wildcard among scopes',
    { ...STATEMENT, registryScopes: ['*', 'a.io/b'] },
    [/registryScopes: found "\*" among other scopes/],
  ],
  [
    'a pattern as scope',
    { ...STATEMENT, registryScopes: ['a.io/*'] },
    [/found "a.io\/\*", expected "\*" or "registry\/path"/],
  ],
  ['a tag in a scope', { ...STATEMENT, registryScopes: ['a.io/b:v1'] }, [/found "a.io\/b:v1"/]],
  ['a bare host as scope', { ...STATEMENT, registryScopes: ['a.io'] }, [/found "a.io"/]],
  ['no level', level({}), [/signatureVerification.level: expected strict, permissive/]],
  [
    'an unknown level',
    level({ level: 'lax' }),
    [/level: expected strict, permissive, audit, skip/],
  ],
  ['a level of every object', level({ level: 'constructor' }), [/level: expected strict/]],
  [
    'an override of integrity',
    level({ level: 'strict', override: { integrity: 'log' } }),
    [/override.integrity: this check cannot be overridden/],
  ],
  [
    'authenticity left out',
    level({ level: 'strict', override: { authenticity: 'skip' } }),
    [/override.authenticity: expected enforce or log/],
  ],
  [
    'an override of skip',
    level({ level: 'skip', override: { expiry: 'log' } }),
    [
      /override: level "skip" cannot be customised/,
      /registryScopes: found "\*" with level "skip"/,
      /trustStores: level "skip" does not use it/,
      /trustedIdentities: level "skip" does not use it/,
    ],
  ],
  [
    'an unknown timestamp option',
    level({ level: 'strict', verifyTimestamp: 'never' }),
    [/verifyTimestamp: expected "always" or "afterCertExpiry"/],
  ],
  [
    'an unknown option',
    level({ level: 'strict', x: 1 }),
    [/signatureVerification.x: unknown field/],
  ],
  ['no stores', { ...STATEMENT, trustStores: [] }, [/trustStores: expected a list of one or more/]],
  [
    'a store that is not there',
    { ...STATEMENT, trustStores: ['ca:other'] },
    [/found "ca:other", there is only "ca:acme", "tsa:clock", "signingAuthority:acme"/],
  ],
  [
    'no identities',
    { ...STATEMENT, trustedIdentities: [] },
    [/trustedIdentities: expected a list/],
  ],
  ['MNH-11 an empty identity', { ...STATEMENT, trustedIdentities: [''] }, [/none empty/]],
  [
    'a wildcard among identities',
    { ...STATEMENT, trustedIdentities: ['*', IDENTITY] },
    [/two identities overlap/],
  ],
  [
    'an identity inside another',
    { ...STATEMENT, trustedIdentities: [IDENTITY, `${IDENTITY}, CN=x`] },
    [/two identities overlap/],
  ],
];

for (const [what, statement, wanted] of FAULTS)
  test(`readTrustPolicy() tells of ${what} with its field`, () => {
    const found = faultsOf(statement);
    for (const pattern of wanted) assert.match(found.join('\n'), pattern);
    assert.ok(found.length >= wanted.length);
  });

test('readTrustPolicy() tells of a wrong version, no statements, and names and scopes used twice', () => {
  for (const value of [null, [], 'x', { version: '2.0', trustPolicies: {} }]) {
    const faults = readTrustPolicy(value, STORES).faults.map(formatFault);
    assert.match(faults[0] ?? '', /^version: found /);
    assert.match(faults[1] ?? '', /^trustPolicies: expected a list of 1 to 256 statements/);
  }
  const twice = faultsOf(STATEMENT, STATEMENT);
  assert.deepEqual(twice, [
    'trustPolicies: the name "all" is used twice',
    'trustPolicies: the scope "*" is used twice',
  ]);
});

type Pairs = readonly (readonly [string, string])[];

function subject(pairs: Pairs): ReturnType<typeof asRead>['subject'] {
  return asRead(makeSigner(undefined, { subject: pairs })).subject;
}

const place: Pairs = [
  ['C', 'US'],
  ['ST', 'WA'],
];
const acme: Pairs = [...place, ['O', 'Acme']];

const MATCHES: readonly [identity: string, subject: Pairs][] = [
  [IDENTITY, acme],
  [IDENTITY, [...acme, ['CN', 'anybody']]],
  ['x509.subject:O=Acme,S=WA,C=US', acme],
  ['x509.subject: C=US, ST=WA, O=Acme\\, Inc.', [...place, ['O', 'Acme, Inc.']]],
  ['x509.subject: C=US, ST=WA, O=Caf\\C3\\A9', [...place, ['O', 'Café']]],
  ['x509.subject: C=US, ST=WA, O=a\\\\2C', [...place, ['O', 'a\\2C']]],
  ['x509.subject: C=US, ST=WA, O=Acme\\ ', [...place, ['O', 'Acme ']]],
  [IDENTITY, [...acme, ['1.2.840.113549.1.9.1', 'someone@acme.test']]],
];

for (const [text, pairs] of MATCHES)
  test(`matchesIdentity() finds ${text} in ${pairs.join(';')}`, () => {
    const identity = parseTrustedIdentity(text);
    assert.ok(typeof identity !== 'string');
    assert.ok(matchesIdentity(identity, subject(pairs)));
  });

const MISMATCHES: readonly [why: string, subject: Pairs][] = [
  ['another value', [...place, ['O', 'Acme2']]],
  ['a value that only starts so', [...place, ['O', 'Acme Evil']]],
  ['another case', [['C', 'us'], ...acme.slice(1)]],
  [
    'a missing attribute',
    [
      ['C', 'US'],
      ['O', 'Acme'],
    ],
  ],
  ['a name that holds the identity as text', [['CN', 'C=US, ST=WA, O=Acme']]],
  ['a second organisation', [...acme, ['O', 'Evil']]],
  ['the organisation as second', [['O', 'Evil'], ...acme]],
  ['no name at all', []],
];

for (const [why, pairs] of MISMATCHES)
  test(`MNH-11 matchesIdentity() does not match ${why}`, () => {
    const identity = parseTrustedIdentity(IDENTITY);
    assert.ok(typeof identity !== 'string');
    assert.equal(matchesIdentity(identity, subject(pairs)), false);
  });

const BAD_IDENTITIES: readonly [text: string, message: RegExp][] = [
  ['C=US, ST=WA, O=Acme', /expected "\*" or "x509.subject:/],
  ['x509.san: a@b', /need a notation plugin, which is not supported/],
  ['x509.subject:', /does not name one of the attributes/],
  ['x509.subject: C=US, O=Acme', /without ST/],
  ['x509.subject: C=US, ST=WA, O=Acme, O=Evil', /attribute O occurs twice/],
  ['x509.subject: C=US, ST=WA, S=OR, O=Acme', /attribute ST occurs twice/],
  ['x509.subject: C=US, ST=WA, O=', /value of O is empty/],
  ['x509.subject: C=US, ST=WA, O=a+CN=b', /not escaped/],
  ['x509.subject: C=US, ST=WA, O=#0c01', /not escaped/],
  ['x509.subject: C=US, ST=WA, O=a;b', /not escaped/],
  ['x509.subject: C=US, ST=WA, O=a\\', /not escaped/],
  ['x509.subject: C=US,, ST=WA, O=a', /"" does not name one of the attributes/],
  ['x509.subject: C=US, ST=WA, O=a, mail=b', /"mail=b" does not name/],
];

for (const [text, message] of BAD_IDENTITIES)
  test(`parseTrustedIdentity() refuses ${text}`, () => {
    const result = parseTrustedIdentity(text);
    assert.ok(typeof result === 'string');
    assert.match(result, message);
  });

const NOT_STORES: readonly [
  what: string,
  ...args: Parameters<typeof parseTrustStore>,
  code: string,
  message: RegExp,
][] = [
  ['no PEM', 'ca', 'x', 'hello', 'NO_CERTIFICATE', /found no whole PEM block/],
  ['half a block', 'ca', 'x', root.pem.slice(0, -30), 'NO_CERTIFICATE', /found no whole PEM block/],
  [
    'a whole block and half of one',
    'ca',
    'x',
    root.pem + root.pem.slice(0, 99),
    'NO_CERTIFICATE',
    /whole/,
  ],
  ['a private key', 'ca', 'x', signer.keyPem, 'NOT_A_CERTIFICATE', /is "PRIVATE KEY".*replace it/],
  ['too many', 'ca', 'x', root.pem.repeat(65), 'TOO_MANY', /found 65 certificates/],
  [
    'damaged DER',
    'ca',
    'x',
    root.pem.replace('MII', 'MIJ'),
    'MALFORMED',
    /block 1 is not a certificate/,
  ],
  ['a signer', 'ca', 'x', signer.pem, 'NOT_A_ROOT', /neither a CA certificate nor self-signed/],
  [
    'an intermediate for time',
    'tsa',
    'x',
    makeIntermediate(root).pem,
    'NOT_A_ROOT',
    /expected a root/,
  ],
];

for (const [what, type, name, pem, code, message] of NOT_STORES)
  test(`parseTrustStore() refuses ${what} with ${code}`, () => {
    assert.throws(
      () => parseTrustStore(type, name, pem),
      (error: TrustStoreError) => {
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.match(error.message, /^Cannot read trust store "(?:ca|tsa):x"/);
        return true;
      },
    );
  });

test('parseTrustStore() takes roots, CA certificates and self-signed signers, with text between', () => {
  const pem = `root:\n${root.pem}\n# next\n${makeIntermediate(root).pem}${makeSigner(undefined).pem}`;
  assert.equal(parseTrustStore('ca', 'x', pem).certificates.length, 3);
});
