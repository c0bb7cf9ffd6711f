import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Certificate, parseCertificate } from '#shared/trust/certificate.ts';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { findPaths, isPathValidAt } from '#shared/verification/certificate-path.ts';
import { PURPOSE } from '#shared/verification/certificate-usage.ts';
import { verifyScts } from '#shared/verification/sct.ts';
import {
  type DistinguishedName,
  type MadeCertificate,
  makeCertificate,
} from '#test/support/sigstore/certificate.ts';
import { createAuthorityChain } from '#test/support/sigstore/certificate-authority.ts';
import {
  KEY_PURPOSE,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  nameConstraints,
  subjectAltName,
  unknownCritical,
} from '#test/support/sigstore/extensions.ts';
import {
  type FulcioOptions,
  type LeafOptions,
  createFulcio,
} from '#test/support/sigstore/fulcio.ts';
import { bitString, integer, nullValue, oid, sequence } from '#test/support/sigstore/der.ts';
import { createSigningKey } from '#test/support/sigstore/signing-key.ts';
import { authorityJson } from '#test/support/sigstore/trusted-root.ts';
import {
  type VirtualSigstore,
  createVirtualSigstore,
} from '#test/support/sigstore/virtual-sigstore.ts';

interface Judgement {
  readonly leaf: Buffer;
  readonly sigstore: VirtualSigstore;
  readonly at?: Date;
  readonly helpers?: readonly Buffer[];
  /** Trusts the root alone; the rest of the chain must come along. */
  readonly rootOnly?: boolean;
}

function parsed(der: Buffer): Certificate {
  const certificate = parseCertificate(der);
  if (typeof certificate === 'string') throw new TypeError(certificate);
  return certificate;
}

/** "good", or the code of what is wrong with the certificate at a time, its SCTs included. */
function judge({ leaf, sigstore, at = sigstore.time, helpers = [], rootOnly }: Judgement): string {
  const root = sigstore.trustedRoot();
  if (rootOnly === true)
    root.certificateAuthorities = [
      authorityJson('https://fulcio.test', [sigstore.fulcio.chain.root.certificate]),
    ];
  const { material } = readTrustedRoot(JSON.stringify(root));
  const certificate = parseCertificate(leaf);
  if (typeof certificate === 'string') return certificate;
  const paths = findPaths(certificate, {
    authorities: material.certificateAuthorities,
    helpers: helpers.map(parsed),
    purpose: PURPOSE.keyless,
  });
  if ('code' in paths) return paths.code;
  const valid = paths.filter((path) => isPathValidAt(path, at.getTime()));
  const [, issuer] = valid[0]?.certificates ?? [];
  if (issuer === undefined) return 'CERTIFICATE_NOT_VALID_THEN';
  const scts = verifyScts(certificate, issuer, material.ctLogs);
  return 'code' in scts ? scts.code : 'good';
}

const sigstore = createVirtualSigstore();

const LEAVES: readonly {
  readonly what: string;
  readonly leaf: LeafOptions;
  readonly verdict: string;
}[] = [
  { what: 'as Fulcio makes it', leaf: {}, verdict: 'good' },
  { what: 'with two SCTs', leaf: { sct: 'two-logs' }, verdict: 'good' },
  { what: 'with an SCT that has extensions', leaf: { sct: 'with-extensions' }, verdict: 'good' },
  { what: 'without SCT', leaf: { sct: 'none' }, verdict: 'SCT_MISSING' },
  { what: 'with an empty list of SCTs', leaf: { sct: 'empty-list' }, verdict: 'SCT_MISSING' },
  {
    what: 'with the SCT of an unknown log',
    leaf: { sct: 'unknown-log' },
    verdict: 'SCT_UNKNOWN_LOG',
  },
  { what: 'with a forged SCT', leaf: { sct: 'forged' }, verdict: 'SCT_INVALID' },
  { what: 'with another leaf’s SCT', leaf: { sct: 'other-certificate' }, verdict: 'SCT_INVALID' },
  { what: 'with half an SCT', leaf: { sct: 'truncated' }, verdict: 'SCT_MALFORMED' },
  {
    what: 'that had expired',
    leaf: { notAfter: new Date('2024-06-01T11:59:59Z'), notBefore: new Date('2024-06-01') },
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'that was not valid yet',
    leaf: { notBefore: new Date('2024-06-01T12:00:01Z') },
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  { what: 'without a purpose', leaf: { purposes: [] }, verdict: 'CERTIFICATE_USAGE' },
  {
    what: 'for TLS servers',
    leaf: { purposes: [KEY_PURPOSE.serverAuth] },
    verdict: 'CERTIFICATE_USAGE',
  },
  {
    what: 'for TLS servers and code',
    leaf: { purposes: [KEY_PURPOSE.serverAuth, KEY_PURPOSE.codeSigning] },
    verdict: 'good',
  },
  { what: 'that cannot sign', leaf: { usages: ['keyEncipherment'] }, verdict: 'CERTIFICATE_USAGE' },
  { what: 'of an authority', leaf: { ca: true }, verdict: 'CERTIFICATE_USAGE' },
  {
    what: 'with an unknown critical extension',
    leaf: { extensions: [unknownCritical()] },
    verdict: 'CERTIFICATE_CONSTRAINTS',
  },
  {
    what: 'with one extension twice',
    leaf: { extensions: [keyUsage('digitalSignature')] },
    verdict: 'certificate cannot be read: Cannot read DER: extension 2.5.29.15 occurs twice',
  },
];

for (const { what, leaf, verdict } of LEAVES)
  test(`tampering: a certificate ${what} is judged ${verdict.slice(0, 30)}`, () => {
    assert.equal(judge({ leaf: sigstore.keyless(leaf).certificate, sigstore }), verdict);
  });

const PAST = new Date('2024-05-01');

const CHAINS: readonly {
  readonly what: string;
  readonly fulcio: FulcioOptions;
  readonly verdict: string;
}[] = [
  { what: 'two intermediates', fulcio: { intermediates: [{}, {}] }, verdict: 'good' },
  { what: 'no intermediate', fulcio: { intermediates: [] }, verdict: 'good' },
  {
    what: 'RSA and P-521 keys',
    fulcio: { root: { keyType: 'rsa-2048' }, intermediates: [{ keyType: 'ecdsa-p521' }] },
    verdict: 'good',
  },
  {
    what: 'a root that had expired',
    fulcio: { root: { notAfter: PAST } },
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'an intermediate that had expired',
    fulcio: { intermediates: [{ notAfter: PAST }] },
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'more intermediates than the root allows',
    fulcio: { root: { pathLength: 0 } },
    verdict: 'CERTIFICATE_CHAIN',
  },
  {
    what: 'name constraints in the root',
    fulcio: { root: { extensions: [nameConstraints('uri', 'github.com')] } },
    verdict: 'CERTIFICATE_CONSTRAINTS',
  },
  {
    what: 'an unknown critical extension in the intermediate',
    fulcio: { intermediates: [{ extensions: [unknownCritical()] }] },
    verdict: 'CERTIFICATE_CONSTRAINTS',
  },
  {
    what: 'an intermediate for TLS only',
    fulcio: { intermediates: [{ extensions: [extendedKeyUsage([KEY_PURPOSE.serverAuth])] }] },
    verdict: 'CERTIFICATE_CHAIN',
  },
];

for (const { what, fulcio, verdict } of CHAINS)
  test(`MNH-14 a chain with ${what} is judged ${verdict}`, () => {
    const world = createVirtualSigstore({ fulcio });
    const { certificate: leaf, chain } = world.keyless();
    const helpers = chain.slice(0, -1);
    assert.equal(judge({ leaf, sigstore: world }), verdict);
    assert.equal(judge({ leaf, sigstore: world, helpers, rootOnly: true }), verdict);
  });

test('MNH-14 an intermediate that is no authority links nothing', () => {
  const world = createVirtualSigstore({ fulcio: { intermediates: [{ ca: false }] } });
  const { certificate: leaf, chain } = world.keyless();
  const helpers = chain.slice(0, -1);
  assert.equal(judge({ leaf, sigstore: world, helpers, rootOnly: true }), 'CERTIFICATE_CHAIN');
});

test('tampering: a leaf does not issue leaves', () => {
  const issuer = sigstore.fulcio.issue(sigstore.time, { ca: false });
  const key = createSigningKey();
  const leaf = makeCertificate(
    {
      subject: {},
      issuer: {},
      notBefore: sigstore.time,
      notAfter: new Date(sigstore.time.getTime() + 1000),
      publicKey: key,
      extensions: [
        keyUsage('digitalSignature'),
        extendedKeyUsage([KEY_PURPOSE.codeSigning]),
        subjectAltName([{ kind: 'email', value: 'admin@acme.test' }]),
      ],
    },
    issuer.key,
  );
  const helpers = [issuer.certificate];
  assert.equal(judge({ leaf: leaf.der, sigstore, helpers }), 'CERTIFICATE_CHAIN');
});

test('tampering: a root and an intermediate that come along with a signature are never trusted', () => {
  const foreign = createVirtualSigstore();
  const { certificate: leaf, chain } = foreign.keyless();
  assert.equal(judge({ leaf, sigstore, helpers: chain }), 'CERTIFICATE_UNTRUSTED');
});

/** The trusted names, on keys of the attacker's own. */
function lookalikes(): { leaf: Buffer; helpers: Buffer[] } {
  const fake = createAuthorityChain({
    organization: 'virtual fulcio',
    root: {},
    intermediates: [{ pathLength: 0 }],
  });
  const { key, certificate: made } = fake.issuer;
  const leaf = leafBelow(made.subject, key);
  return { leaf: leaf.der, helpers: fake.certificates.map(({ der }) => der) };
}

function leafBelow(
  issuer: DistinguishedName,
  key: ReturnType<typeof createSigningKey>,
): MadeCertificate {
  return makeCertificate(
    {
      subject: {},
      issuer,
      notBefore: sigstore.time,
      notAfter: new Date(sigstore.time.getTime() + 1000),
      publicKey: createSigningKey(),
      extensions: [
        keyUsage('digitalSignature'),
        basicConstraints(false),
        extendedKeyUsage([KEY_PURPOSE.codeSigning]),
        subjectAltName([{ kind: 'email', value: 'admin@acme.test' }]),
      ],
    },
    key,
  );
}

test('tampering: authorities of the same names but other keys are never trusted', () => {
  const { leaf, helpers } = lookalikes();
  assert.equal(judge({ leaf, sigstore, helpers }), 'CERTIFICATE_UNTRUSTED');
});

test('MNH-26 look-alike intermediates beside the right one do not hide it', () => {
  const { certificate: leaf, chain } = sigstore.keyless();
  const fakes = Array.from({ length: 5 }, () => lookalikes().helpers).flat();
  const helpers = [...chain.slice(0, -1), ...fakes];
  assert.equal(judge({ leaf, sigstore, helpers, rootOnly: true }), 'good');
});

test('MNH-26 a maze of cross-signed look-alikes ends soon', () => {
  const key = createSigningKey();
  const subject = { organization: 'maze' };
  const fields = {
    subject,
    issuer: subject,
    notBefore: sigstore.time,
    notAfter: new Date(sigstore.time.getTime() + 1000),
    publicKey: key,
    extensions: [basicConstraints(true)],
  };
  const maze = Array.from({ length: 40 }, () => makeCertificate(fields, key).der);
  const leaf = leafBelow(subject, key).der;
  assert.equal(judge({ leaf, sigstore, helpers: maze }), 'CERTIFICATE_UNTRUSTED');
});

test('tampering: an SCT counts only while its log is trusted', () => {
  const { certificate } = sigstore.keyless();
  const issuer = parsed(sigstore.fulcio.chain.issuer.certificate.der);
  const windows = [
    {
      validFor: { start: '2020-01-01T00:00:00Z', end: '2024-05-31T00:00:00Z' },
      code: 'SCT_INVALID',
    },
    { validFor: { start: '2024-06-02T00:00:00Z' }, code: 'SCT_INVALID' },
    { validFor: { start: '2024-06-01T00:00:00Z', end: '2024-06-02T00:00:00Z' }, code: undefined },
  ];
  for (const { validFor, code } of windows) {
    const root = sigstore.trustedRoot();
    for (const { publicKey } of root.ctlogs) publicKey.validFor = validFor;
    const { ctLogs } = readTrustedRoot(JSON.stringify(root)).material;
    const result = verifyScts(parsed(certificate), issuer, ctLogs);
    assert.equal('code' in result ? result.code : undefined, code);
  }
});

test('tampering: an SCT is bound to the issuer of its certificate', () => {
  const { certificate } = sigstore.keyless();
  const other = parsed(createFulcio().chain.issuer.certificate.der);
  const { ctLogs } = readTrustedRoot(JSON.stringify(sigstore.trustedRoot())).material;
  const result = verifyScts(parsed(certificate), other, ctLogs);
  assert.equal('code' in result ? result.code : 'good', 'SCT_INVALID');
});

/** An RSA key whose owner need not exist: verifying with it costs as much as signing does elsewhere. */
function slowKey(modulusBytes: number, exponent: Buffer): ReturnType<typeof createSigningKey> {
  const modulus = Buffer.alloc(modulusBytes, 0xff);
  const numbers = sequence(integer(modulus), integer(exponent));
  const algorithm = sequence(oid('1.2.840.113549.1.1.1'), nullValue());
  return { ...createSigningKey(), spki: sequence(algorithm, bitString(numbers)) };
}

test('MNH-26 an RSA key with a huge exponent, which takes long to verify with, is not used', () => {
  const exponents = [
    { exponent: Buffer.from('010001', 'hex'), isUsed: true },
    { exponent: Buffer.alloc(9, 0x81), isUsed: false },
    { exponent: Buffer.alloc(383, 0x81), isUsed: false },
  ];
  for (const { exponent, isUsed } of exponents) {
    const { certificate } = sigstore.keyless({ key: slowKey(384, exponent) });
    const judged = judge({ leaf: certificate, sigstore });
    assert.match(judged, isUsed ? /^good$/ : /^certificate cannot be read/);
  }
});
