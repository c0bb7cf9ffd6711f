import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attestor } from '#shared/policy/model.ts';
import { parseCertificate } from '#shared/trust/certificate.ts';
import { authoritiesFromPem, timestampAuthoritiesFromPem } from '#shared/trust/pem-trust.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { textMatcher } from '#shared/trust/text-matcher.ts';
import { NO_TRUST, trustMaterial } from '#shared/trust/trust-material.ts';
import { messageBundle, statementBundle } from '#test/support/sigstore/bundle.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT } from '#test/support/sigstore/fulcio.ts';
import { GITHUB_CLAIMS } from '#test/support/sigstore/fulcio-claims.ts';
import { legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import type { SigningRequest } from '#test/support/sigstore/signing-request.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import {
  type Artifact,
  attach,
  createImage,
  type Image,
} from '#test/support/tampering/discovered.ts';
import {
  certificateAttestor,
  type Judged,
  judgeImage,
  keyAttestor,
  keylessAttestor,
  MUCH_LATER,
} from '#test/support/tampering/judge-image.ts';

const sigstore = createVirtualSigstore();
const { rekor, rekorV2, tsa, time: at, pem } = sigstore;
const NOTHING = trustMaterial(NO_TRUST);
const IGNORED = { kind: 'ignored' } as const;

type Make = (image: Image, request: SigningRequest) => Artifact;

const FORMATS: Readonly<Record<string, Make>> = {
  'a legacy layer': ({ subject }, request) => ({
    kind: 'layer',
    layer: legacySignature(subject, request),
  }),
  'a statement bundle': ({ subject }, request) => ({
    kind: 'bundle',
    bundle: statementBundle(subject.digest, request),
  }),
  'a v0.1 bundle with its chain': ({ subject }, request) => ({
    kind: 'bundle',
    bundle: statementBundle(subject.digest, { ...request, version: '0.1' }),
  }),
};

type Root = Parameters<typeof judgeImage>[1]['root'];

async function judge(
  make: Make,
  { root = sigstore.trustedRoot(), ...request }: Partial<SigningRequest> & { root?: Root },
  attestor: Attestor,
): Promise<Judged> {
  const image = createImage();
  const signer = request.signer ?? sigstore.keyless({ claims: GITHUB_CLAIMS });
  attach(image, make(image, { signer, at, logs: [rekor.entry()], ...request }));
  return judgeImage(image, { root, attestors: [attestor], now: MUCH_LATER });
}

for (const [format, make] of Object.entries(FORMATS)) {
  test(`keyless: ${format} tells who signed, where it was logged, and when`, async () => {
    const { facts } = await judge(make, {}, keylessAttestor());
    const [fact] = facts;
    assert.deepEqual(fact?.identity?.subjects, [DEFAULT_SUBJECT]);
    assert.equal(fact.identity.issuer, DEFAULT_ISSUER);
    assert.equal(fact.identity.extensions['githubWorkflowRepository'], 'acme/app');
    assert.equal(fact.logEntries?.[0]?.url, 'https://rekor.test');
    assert.equal(fact.logEntries[0].integratedAt, at.toISOString());
    assert.equal(fact.timestamps, undefined, 'only what was checked is told');
  });

  test(`keyless: ${format} is verified with roots and log keys of the policy alone`, async () => {
    const attestor = keylessAttestor({
      authorities: authoritiesFromPem(pem.fulcioChain),
      log: { kind: 'required', url: 'https://rekor', publicKeys: parsePublicKeys(pem.rekor) },
      sct: { kind: 'required', publicKeys: parsePublicKeys(pem.ctLog) },
    });
    const judged = await judge(make, { root: NOTHING }, attestor);
    assert.equal(judged.verdict, 'satisfied', judged.words);
  });

  test(`keyless: ${format} is verified with the root alone where its intermediates came along`, async () => {
    const attestor = keylessAttestor({ authorities: authoritiesFromPem(pem.fulcioRoot) });
    const { verdict } = await judge(make, {}, attestor);
    assert.equal(verdict, format === 'a statement bundle' ? 'CERTIFICATE_UNTRUSTED' : 'satisfied');
  });

  test(`keyless: ${format} by a plain key is told apart`, async () => {
    const { verdict } = await judge(make, { signer: keySigner() }, keylessAttestor());
    assert.equal(verdict, 'CERTIFICATE_MISSING');
  });

  test(`keyless: ${format} by somebody else is told as the nearest miss`, async () => {
    const subjects = [
      textMatcher('wildcard', 'https://github.com/acme/app/*/release.yml@refs/heads/*'),
    ];
    const attestor = keylessAttestor({
      identities: [{ subjects, issuers: [textMatcher('exact', DEFAULT_ISSUER)], extensions: {} }],
    });
    const { verdict, words } = await judge(make, {}, attestor);
    assert.equal(verdict, 'IDENTITY_MISMATCH');
    assert.match(
      words,
      /signed by "https:.*release\.yml@refs\/tags\/v1\.2\.3", policy wants subject "https:.*heads/,
    );
  });
}

const statement: Make = ({ subject }, request) => ({
  kind: 'bundle',
  bundle: statementBundle(subject.digest, request),
});

test('keyless: Rekor v2 with a timestamp is verified, with the TSA of the policy too', async () => {
  const request = { logs: [rekorV2.entry()], timestamps: [tsa.stamp({ embed: 'chain' })] };
  const known = await judge(statement, request, keylessAttestor());
  assert.equal(known.facts[0]?.timestamps?.[0]?.authority, 'https://timestamp.test');
  assert.equal(known.facts[0].logEntries?.[0]?.integratedAt, undefined);
  for (const text of [pem.tsaChain, pem.tsaRoot]) {
    const timestamps = { authorities: timestampAuthoritiesFromPem(text), required: 1 };
    const own = await judge(statement, request, keylessAttestor({ timestamps }));
    assert.equal(own.verdict, 'satisfied', own.words);
  }
});

test('keyless: a Rekor v2 key as PEM is recognised under the name in its checkpoint', async () => {
  const publicKeys = parsePublicKeys(pem.rekorV2);
  const log = { kind: 'required', url: 'https://rekor', publicKeys } as const;
  const judged = await judge(
    statement,
    { logs: [rekorV2.entry()], timestamps: [tsa.stamp()] },
    keylessAttestor({ log }),
  );
  assert.equal(judged.verdict, 'satisfied', judged.words);
});

test('keyless: what a missing trust root leaves open is no refusal of the signature', async () => {
  const image = createImage();
  attach(image, statement(image, { signer: sigstore.keyless(), at, logs: [rekor.entry()] }));
  const { verdict, words } = await judgeImage(image, {
    root: NOTHING,
    attestors: [keylessAttestor()],
  });
  assert.equal(verdict, 'CERTIFICATE_UNTRUSTED');
  assert.match(words, /no certificate authority is trusted/);
});

test('MNH-05 certificate: without a certificate and without roots nothing passes', async () => {
  const { verdict } = await judge(statement, {}, certificateAttestor({}));
  assert.equal(verdict, 'CERTIFICATE_UNTRUSTED');
});

function certificateOf(der: Buffer): Extract<ReturnType<typeof parseCertificate>, object> {
  const certificate = parseCertificate(der);
  assert.ok(typeof certificate === 'object');
  return certificate;
}

const signer = sigstore.keyless();
const pinned = certificateOf(signer.certificate);
const other = certificateOf(sigstore.keyless().certificate);
const authorities = authoritiesFromPem(pem.fulcioChain);
const strangers = authoritiesFromPem(createVirtualSigstore().pem.fulcioChain);

const CERTIFICATES: readonly [
  what: string,
  attestor: Parameters<typeof certificateAttestor>[0],
  verdict: string,
][] = [
  ['the certificate pinned', { certificate: pinned }, 'satisfied'],
  ['the certificate pinned, with its chain', { certificate: pinned, authorities }, 'satisfied'],
  ['another certificate pinned', { certificate: other }, 'SIGNATURE_INVALID'],
  [
    'the certificate pinned under a foreign chain',
    { certificate: pinned, authorities: strangers },
    'CERTIFICATE_UNTRUSTED',
  ],
  ['any certificate below the roots', { authorities }, 'satisfied'],
  ['any certificate below foreign roots', { authorities: strangers }, 'CERTIFICATE_UNTRUSTED'],
  [
    'a certificate below the roots for somebody else',
    {
      authorities,
      identities: [{ subjects: [textMatcher('exact', 'x')], issuers: [], extensions: {} }],
    },
    'IDENTITY_MISMATCH',
  ],
  [
    'MNH-14 the certificate pinned, long after its end, without any time',
    { certificate: pinned, log: IGNORED },
    'CERTIFICATE_NOT_VALID_THEN',
  ],
];

for (const [what, more, verdict] of CERTIFICATES) {
  for (const [format, make] of Object.entries(FORMATS))
    test(`certificate: ${format} where the policy has ${what} is judged ${verdict}`, async () => {
      const judged = await judge(make, { signer }, certificateAttestor(more));
      assert.equal(judged.verdict, verdict, judged.words);
    });
}

const keyed = keySigner('ecdsa-p384');
const rsa = keySigner('rsa-2048');

for (const [name, key] of [
  ['P-384', keyed],
  ['RSA', rsa],
  ['P-256', keySigner()],
  ['Ed25519', keySigner('ed25519')],
] as const) {
  test(`message bundle: a signature over the manifest by a ${name} key is verified and logged`, async () => {
    const image = createImage();
    const { bytes } = await image.memory.registry.manifest(
      image.memory.repository(image.subject.repository),
      image.subject.digest,
    );
    assert.ok(bytes);
    const bundle = messageBundle(bytes, { signer: key, at, logs: [rekor.entry()] });
    attach(image, { kind: 'bundle', bundle });
    const judged = await judgeImage(image, {
      root: sigstore.trustedRoot(),
      attestors: [keyAttestor(key.key)],
    });
    assert.equal(judged.verdict, 'satisfied', judged.words);
  });
}

test('MNH-09 two keyless attestors for one identity need two signers', async () => {
  const image = createImage();
  for (const leaf of [sigstore.keyless(), sigstore.keyless()])
    attach(image, statement(image, { signer: leaf, at, logs: [rekor.entry()] }));
  const attestors = [keylessAttestor(), keylessAttestor()];
  const root = sigstore.trustedRoot();
  const once = await judgeImage(image, { root, attestors, count: 2 });
  assert.notEqual(once.verdict, 'satisfied');
  const any = textMatcher('wildcard', 'https://github.com/acme/*');
  const wide = keylessAttestor({ identities: [{ subjects: [any], issuers: [], extensions: {} }] });
  const second = sigstore.keyless({
    names: [{ kind: 'uri', value: 'https://github.com/acme/two' }],
  });
  attach(image, statement(image, { signer: second, at, logs: [rekor.entry()] }));
  const twice = await judgeImage(image, { root, attestors: [keylessAttestor(), wide], count: 2 });
  assert.equal(twice.verdict, 'satisfied', twice.words);
});
