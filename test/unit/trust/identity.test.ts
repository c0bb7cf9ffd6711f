import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '#shared/trust/certificate.ts';
import { extensionName, type Identity, readIdentity } from '#shared/trust/identity.ts';
import { identityMismatch, type IdentityRequirement } from '#shared/trust/identity-match.ts';
import { textMatcher } from '#shared/trust/text-matcher.ts';
import { createFulcio, DEFAULT_ISSUER, type LeafOptions } from '#test/support/sigstore/fulcio.ts';
import { GITHUB_CLAIMS } from '#test/support/sigstore/fulcio-claims.ts';

const fulcio = createFulcio();
const AT = new Date('2024-06-01T12:00:00Z');

function identityOf(leaf: LeafOptions): Identity {
  const certificate = parseCertificate(fulcio.issue(AT, leaf).certificate);
  assert.ok(typeof certificate === 'object', 'no certificate');
  const identity = readIdentity(certificate);
  assert.ok(typeof identity === 'object', 'no identity');
  return identity;
}

test('readIdentity() reads names of every kind', () => {
  const { subjects } = identityOf({
    names: [
      { kind: 'uri', value: 'https://github.com/acme' },
      { kind: 'email', value: 'dev@acme.example' },
      { kind: 'dns', value: 'acme.example' },
      { kind: 'other', value: 'dev!acme.example' },
      { kind: 'other', oid: '1.3.6.1.4.1.311.20.2.3', value: 'somebody else' },
    ],
  });
  assert.deepEqual(subjects, [
    { kind: 'uri', value: 'https://github.com/acme' },
    { kind: 'email', value: 'dev@acme.example' },
    { kind: 'dns', value: 'acme.example' },
    { kind: 'username', value: 'dev!acme.example' },
  ]);
});

test('readIdentity() reads the issuer from either extension, the new one first', () => {
  for (const form of ['v1', 'v2'] as const)
    assert.equal(identityOf({ issuerForms: [form] }).issuer, DEFAULT_ISSUER);
  assert.equal(identityOf({ issuerForms: [] }).issuer, undefined);
});

test('readIdentity() names every extension of Fulcio', () => {
  const { extensions } = identityOf({ claims: GITHUB_CLAIMS });
  const found = new Set(Object.values(extensions));
  for (const [claim, value] of Object.entries(GITHUB_CLAIMS)) assert.ok(found.has(value), claim);
  const unnamed = Object.keys(extensions).filter((name) => name.startsWith('1.'));
  assert.deepEqual(unnamed, []);
});

const NAMES: readonly [written: string, name: string | undefined][] = [
  ['oidcIssuer', 'issuer'],
  ['githubWorkflowRepository', 'githubWorkflowRepository'],
  ['1.3.6.1.4.1.57264.1.5', 'githubWorkflowRepository'],
  ['1.3.6.1.4.1.57264.1.12', 'sourceRepositoryURI'],
  ['1.3.6.1.4.1.57264.1.99', '1.3.6.1.4.1.57264.1.99'],
  ['1.2.3', undefined],
  ['githubWorkflowRepo', undefined],
];

for (const [written, name] of NAMES) {
  test(`extensionName() takes ${written} for ${name ?? 'nothing'}`, () => {
    assert.equal(extensionName(written), name);
  });
}

const SUBJECT = 'https://github.com/acme/app/.github/workflows/ci.yml@refs/heads/dev';
const identity: Identity = {
  subjects: [
    { kind: 'uri', value: SUBJECT },
    { kind: 'email', value: 'dev@acme.example' },
  ],
  issuer: 'https://issuer.example',
  extensions: { githubWorkflowRepository: 'acme/app' },
};
const ANY: IdentityRequirement = { subjects: [], issuers: [], extensions: {} };
const issuers = [textMatcher('exact', 'https://issuer.example')];
const wrong = textMatcher(
  'wildcard',
  'https://github.com/acme/app/.github/workflows/release.yml@*',
);

const REQUIREMENTS: readonly [
  what: string,
  found: Identity,
  wanted: IdentityRequirement,
  mismatch: RegExp | undefined,
][] = [
  ['the issuer alone', identity, { ...ANY, issuers }, undefined],
  [
    'the second name',
    identity,
    { ...ANY, issuers, subjects: [textMatcher('exact', 'dev@acme.example')] },
    undefined,
  ],
  [
    'one of two subjects',
    identity,
    { ...ANY, subjects: [wrong, textMatcher('exact', SUBJECT)] },
    undefined,
  ],
  [
    'an extension',
    identity,
    { ...ANY, extensions: { githubWorkflowRepository: textMatcher('wildcard', 'acme/*') } },
    undefined,
  ],
  ['nothing at all (MNH-11)', identity, ANY, /^the policy names no identity$/],
  [
    'another subject',
    identity,
    { ...ANY, subjects: [wrong] },
    /^signed by ".*ci\.yml@refs\/heads\/dev", "dev@acme\.example", policy wants subject ".*release\.yml@\*"$/,
  ],
  [
    'a subject of a certificate without names (MNH-11)',
    { ...identity, subjects: [] },
    { ...ANY, subjects: [textMatcher('wildcard', '*')] },
    /^the certificate names no subject, policy wants subject "\*"$/,
  ],
  [
    'only one of two issuers',
    identity,
    { ...ANY, issuers: [...issuers, textMatcher('regexp', '^https://other')] },
    /^issuer is "https:\/\/issuer\.example", policy wants issuer .* and regexp/,
  ],
  [
    'an issuer of a certificate without one',
    { ...identity, issuer: undefined },
    { ...ANY, issuers },
    /^issuer is missing/,
  ],
  [
    'an extension that is missing (MNH-10)',
    identity,
    { ...ANY, extensions: { buildTrigger: textMatcher('wildcard', '*') } },
    /^extension buildTrigger is missing, policy wants "\*"$/,
  ],
  [
    'an extension by the name of a member of every object',
    identity,
    { ...ANY, extensions: { constructor: textMatcher('wildcard', '*') } },
    /^extension constructor is missing/,
  ],
];

for (const [what, found, wanted, mismatch] of REQUIREMENTS) {
  test(`identityMismatch() ${mismatch === undefined ? 'accepts' : 'refuses'} ${what}`, () => {
    const result = identityMismatch(found, wanted);
    if (mismatch === undefined) assert.equal(result, undefined);
    else assert.match(result?.message ?? '', mismatch);
  });
}

test('identityMismatch() tells the nearest miss by what matched', () => {
  const far = identityMismatch(identity, {
    ...ANY,
    subjects: [wrong],
    issuers: [textMatcher('exact', 'https://other.example')],
  });
  const near = identityMismatch(identity, { ...ANY, subjects: [wrong], issuers });
  assert.ok((near?.matched ?? 0) > (far?.matched ?? 0));
});
