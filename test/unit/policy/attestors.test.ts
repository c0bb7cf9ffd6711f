import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonObject, type JsonObject } from '#shared/base/json-value.ts';
import type { Attestor, VerifyImagesEntry } from '#shared/policy/model.ts';
import { makeRoot, makeSigner } from '#test/support/notation/certificate-maker.ts';
import { certificatePem } from '#test/support/sigstore/certificate.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import {
  entry,
  faultLines,
  KEY,
  keySet,
  newKey,
  objects,
  policyDocument,
  readUsable,
  rule,
  verifyRule,
} from './sample-policy.ts';

const AT = 'spec.rules[0].verifyImages[0]';
const FORM = `${AT}.attestors[0].entries[0]`;
const SUBJECT = 'https://github.com/acme/app/.github/workflows/ci.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';
const WHO = { subject: SUBJECT, issuer: ISSUER };

const { pem, keyless } = createVirtualSigstore();
const leaf = certificatePem(keyless().certificate);
const expired = createVirtualSigstore({
  fulcio: { root: { notAfter: new Date('2021-05-06T00:00:00Z') }, intermediates: [] },
}).pem.fulcioRoot;
const notaryRoot = makeRoot();
const notarySigner = makeSigner(notaryRoot);

function document(changes: JsonObject): JsonObject {
  return policyDocument([rule({ verifyImages: [entry(changes)] })]);
}

function withForm(form: JsonObject, more: JsonObject = {}): JsonObject {
  return document({ attestors: [{ entries: [form] }], ...more });
}

function entryOf(policy: JsonObject): VerifyImagesEntry {
  const [first] = verifyRule(policy).entries;
  assert.ok(first !== undefined);
  return first;
}

function attestorOf<Kind extends Attestor['kind']>(
  policy: JsonObject,
  kind: Kind,
): Extract<Attestor, { kind: Kind }> {
  const attestor = entryOf(policy).attestors[0]?.entries[0];
  assert.ok(attestor?.kind === kind, `found ${attestor?.kind}`);
  return attestor as Extract<Attestor, { kind: Kind }>;
}

test('keyless has the defaults of Kyverno: log entry and SCT wanted, roots of the trust root', () => {
  const read = attestorOf(withForm({ keyless: WHO }), 'keyless');
  const { identities, ...rest } = read;
  assert.deepEqual(rest, {
    kind: 'keyless',
    path: `${FORM}.keyless`,
    authorities: undefined,
    log: { kind: 'required', url: 'https://rekor.sigstore.dev', publicKeys: [] },
    sct: { kind: 'required', publicKeys: [] },
    timestamps: { authorities: undefined, required: 0 },
    trustRoot: undefined,
    annotations: {},
    repository: undefined,
  });
  assert.deepEqual(
    identities.map(({ subjects, issuers, extensions }) => [
      subjects.map(({ kind, source }) => [kind, source]),
      issuers.map(({ kind, source }) => [kind, source]),
      extensions,
    ]),
    [[[['exact', SUBJECT]], [['exact', ISSUER]], {}]],
  );
});

test('keyless takes wildcards, regular expressions and extensions by name or identifier', () => {
  const [identity] = attestorOf(
    withForm({
      keyless: {
        subject: 'https://github.com/acme/*',
        subjectRegExp: '^https://gitlab\\.com/acme/.+$',
        issuer: 'https://*',
        issuerRegExp: '^https://[a-z.]+$',
        additionalExtensions: {
          githubWorkflowRef: 'refs/tags/*',
          '1.3.6.1.4.1.57264.1.5': 'acme/app',
          oidcIssuer: ISSUER,
        },
      },
    }),
    'keyless',
  ).identities;
  assert.deepEqual(
    identity?.subjects.map(({ kind }) => kind),
    ['wildcard', 'regexp'],
  );
  assert.ok(identity.subjects[0]?.test('https://github.com/acme/app'));
  assert.ok(!identity.subjects[1]?.test('xhttps://gitlab.com/acme/app'));
  assert.deepEqual(Object.keys(identity.extensions), [
    'githubWorkflowRef',
    'githubWorkflowRepository',
    'issuer',
  ]);
});

test('rekor, ctlog and roots of the policy replace those of the trust root', () => {
  const read = attestorOf(
    withForm({
      keyless: {
        ...WHO,
        roots: pem.fulcioChain,
        rekor: { url: 'https://rekor.acme.example', pubkey: pem.rekor },
        ctlog: { pubkey: pem.ctLog, tsaCertChain: pem.tsaChain },
      },
    }),
    'keyless',
  );
  assert.equal(read.authorities?.[0]?.anchors.length, 1);
  assert.ok(read.log.kind === 'required' && read.log.publicKeys.length === 1);
  assert.ok(read.sct.kind === 'required' && read.sct.publicKeys.length === 1);
  assert.deepEqual([read.timestamps.required, read.timestamps.authorities?.length], [0, 1]);
});

test('MNH-10 ignoreTlog and ignoreSCT waive what they name; a timestamp authority is then required', () => {
  const ctlog = { ignoreSCT: true, tsaCertChain: pem.tsaChain };
  const rekor = { ignoreTlog: true };
  const read = attestorOf(withForm({ keyless: { ...WHO, rekor, ctlog } }), 'keyless');
  assert.deepEqual(
    [read.log.kind, read.sct.kind, read.timestamps.required],
    ['ignored', 'ignored', 1],
  );
  const key = attestorOf(withForm({ keys: { publicKeys: KEY, rekor, ctlog } }), 'key');
  assert.deepEqual([key.log.kind, key.timestamps?.required], ['ignored', 1]);
});

const CERTIFICATES: readonly (readonly [string, JsonObject, readonly [boolean, boolean]])[] = [
  ['cert alone pins it', { cert: leaf }, [true, false]],
  ['certChain alone names roots', { certChain: pem.fulcioChain }, [false, true]],
  ['both pin a certificate below roots', { cert: leaf, certChain: pem.fulcioChain }, [true, true]],
];

for (const [name, certificates, [isPinned, hasRoots]] of CERTIFICATES) {
  test(`certificates: ${name}`, () => {
    const policy = withForm({ certificates });
    const read = attestorOf(policy, 'certificate');
    assert.deepEqual(
      [read.certificate !== undefined, read.authorities !== undefined, read.identities],
      [isPinned, hasRoots, undefined],
    );
    assert.deepEqual(faultLines(policy), []);
  });
}

const REFERENCES: readonly (readonly [string, JsonObject, string])[] = [
  ['a Secret', { secret: { name: 'cosign', namespace: 'keys' } }, 'k8s://keys/cosign'],
  ['a reference to a Secret', { publicKeys: 'k8s://keys/cosign' }, 'k8s://keys/cosign'],
  ['a KMS', { kms: 'awskms:///alias/cosign' }, 'awskms:///alias/cosign'],
  ['a KMS among keys', { publicKeys: 'hashivault://cosign' }, 'hashivault://cosign'],
];

for (const [name, source, uri] of REFERENCES) {
  test(`keys of ${name} are a reference`, () => {
    const keys = { ...source, signatureAlgorithm: 'sha512', rekor: { ignoreTlog: true } };
    const read = attestorOf(withForm({ keys }), 'key-reference');
    assert.deepEqual([read.uri, read.hash, read.log.kind], [uri, 'sha512', 'ignored']);
  });
}

test('Notary takes certificates as one trust store, with the annotations as metadata', () => {
  const certificates = { cert: notarySigner.pem, certChain: notaryRoot.pem };
  const policy = withForm(
    { certificates, annotations: { env: 'prod' }, repository: 'r.example/s' },
    { type: 'Notary' },
  );
  const read = attestorOf(policy, 'notation');
  const { statement, metadata, repository } = read;
  assert.deepEqual([metadata, repository], [{ env: 'prod' }, 'r.example/s']);
  assert.equal(statement.level, 'strict');
  assert.equal(statement.anchors.ca.length, 2);
  assert.equal(statement.anchors.tsa, undefined);
  assert.deepEqual(faultLines(policy), []);
});

test('of several keys in one text an attestation has the first, an entry has all', () => {
  const set = keySet(`${KEY}\n${newKey()}`);
  const policy = document({ attestors: [set], attestations: [{ type: 'a', attestors: [set] }] });
  const { attestors, attestations = [] } = entryOf(policy);
  const [first] = attestors[0]?.entries ?? [];
  assert.equal(attestors[0]?.entries.length, 2);
  const ofAttestation = attestations[0]?.attestors[0]?.entries;
  assert.deepEqual(
    ofAttestation?.map((attestor) => attestor.kind === 'key' && attestor.key.fingerprint),
    [first?.kind === 'key' && first.key.fingerprint],
  );
  assert.deepEqual(faultLines(policy), [
    `warning ${AT}.attestations[0].attestors[0].entries[0].keys.publicKeys: found 2 keys, of which an attestation takes the first, as in Kyverno 1.19; write each in an entry of its own, and "count" for how many must have attested`,
  ]);
});

test('attestations have a type, a name and attestors of their own', () => {
  const policy = document({
    attestors: [],
    annotations: { a: 'b' },
    repository: 'r.example/s',
    attestations: [
      {
        type: 'https://slsa.dev/provenance/v1',
        name: 'slsa',
        attestors: [{ count: 1, entries: [{ keyless: WHO }, { keys: { publicKeys: KEY } }] }],
        conditions: [{ all: [] }],
      },
    ],
  });
  const [attestation, ...more] = entryOf(policy).attestations ?? [];
  assert.deepEqual(more, []);
  assert.equal(attestation?.predicateType, 'https://slsa.dev/provenance/v1');
  assert.equal(attestation.name, 'slsa');
  const [set] = attestation.attestors;
  assert.deepEqual([set?.count, set?.entries.map(({ kind }) => kind)], [1, ['keyless', 'key']]);
  const [first] = set?.entries ?? [];
  assert.ok(first?.kind === 'keyless');
  assert.deepEqual([first.annotations, first.repository], [{}, 'r.example/s']);
  assert.deepEqual(faultLines(policy), []);
});

test('attestations of an entry of type Notary are judged by certificates', () => {
  const certificates = { cert: notaryRoot.pem };
  const policy = document({
    type: 'Notary',
    attestors: [],
    attestations: [
      { type: 'application/vnd.cyclonedx+json', attestors: [{ entries: [{ certificates }] }] },
    ],
  });
  const [attestation] = entryOf(policy).attestations ?? [];
  assert.equal(attestation?.attestors[0]?.entries[0]?.kind, 'notation');
  assert.deepEqual(faultLines(policy), []);
});

test('the shorthand for identities is one keyless attestor', () => {
  const policy = document({ attestors: [], ...WHO, additionalExtensions: { oidcIssuer: ISSUER } });
  const read = attestorOf(policy, 'keyless');
  assert.equal(read.identities[0]?.subjects[0]?.source, SUBJECT);
  assert.deepEqual(
    faultLines(policy),
    ['subject', 'issuer', 'additionalExtensions'].map(
      (field) => `warning ${AT}.${field}: deprecated, write "attestors" instead`,
    ),
  );
});

const FAULTS: readonly (readonly [string, JsonObject, JsonObject, readonly RegExp[]])[] = [
  ['MNH-11 no identity', { keyless: {} }, {}, [/^error .*keyless: found no identity, expected /]],
  [
    'MNH-11 an empty subject',
    { keyless: { subject: '', issuer: ISSUER } },
    {},
    [/^error .*keyless\.subject: is empty, expected a text to compare with/],
  ],
  [
    'MNH-11 an expression that matches everything',
    { keyless: { subjectRegExp: '.*', issuer: ISSUER } },
    {},
    [/^warning .*keyless\.subjectRegExp: ".*" matches every text, so anybody/],
  ],
  [
    'MNH-11 a wildcard that matches everything',
    { keyless: { subject: '*', issuer: ISSUER } },
    {},
    [/^warning .*keyless\.subject: "\*" matches every text/],
  ],
  [
    'MNH-11 an expression that is not anchored',
    { keyless: { subjectRegExp: 'github.com/acme', issuer: ISSUER } },
    {},
    [/^warning .*keyless\.subjectRegExp: "github\.com\/acme" is not anchored/],
  ],
  [
    'an expression that does not compile',
    { keyless: { subject: SUBJECT, issuerRegExp: 'a(?=b)' } },
    {},
    [/^error .*keyless\.issuerRegExp: Cannot use regular expression "a\(\?=b\)": it is not RE2/],
  ],
  [
    'no subject',
    { keyless: { issuer: ISSUER } },
    {},
    [/^warning .*keyless: names no subject, so everybody/],
  ],
  [
    'no issuer',
    { keyless: { subject: SUBJECT } },
    {},
    [/^warning .*keyless: names no issuer, so whoever/],
  ],
  [
    'an unknown extension',
    { keyless: { ...WHO, additionalExtensions: { workflow: 'x' } } },
    {},
    [/^error .*additionalExtensions\.workflow: is no extension of a Fulcio certificate/],
  ],
  [
    'one extension by two names',
    {
      keyless: {
        ...WHO,
        additionalExtensions: { githubWorkflowRef: 'a', '1.3.6.1.4.1.57264.1.6': 'b' },
      },
    },
    {},
    [/^error .*keyless\.additionalExtensions: names one extension twice/],
  ],
  [
    'roots that are none',
    { keyless: { ...WHO, roots: leaf } },
    {},
    [/^error .*keyless\.roots: Cannot use certificate authorities: found no certificate of an/],
  ],
  [
    'roots that are no PEM',
    { keyless: { ...WHO, roots: 'hello' } },
    {},
    [/^error .*keyless\.roots: Cannot read certificates: found no PEM block/],
  ],
  [
    'MNH-10 empty roots',
    { keyless: { ...WHO, roots: ' ' } },
    {},
    [/^warning .*keyless\.roots: is empty, so the trust root's are believed/],
  ],
  [
    'an expired root',
    { keyless: { ...WHO, roots: expired } },
    {},
    [/^warning .*keyless\.roots: holds a root that expired on 2021-05-06, add its successor/],
  ],
  [
    'a bad key of a certificate log',
    { keyless: { ...WHO, ctlog: { pubkey: 'hello' } } },
    {},
    [/^error .*keyless\.ctlog\.pubkey: Cannot read public key: /],
  ],
  [
    'a bad timestamp authority',
    { keyless: { ...WHO, ctlog: { tsaCertChain: leaf } } },
    {},
    [/^error .*keyless\.ctlog\.tsaCertChain: Cannot use timestamp authority: /],
  ],
  [
    'an unknown field of keyless',
    { keyless: { ...WHO, subjectRegexp: 'a' } },
    {},
    [/^error .*keyless\.subjectRegexp: unknown field, did you mean "subjectRegExp"\?/],
  ],
  [
    'no certificate',
    { certificates: {} },
    {},
    [/^error .*certificates: found none of them, expected "cert", "certChain" or both/],
  ],
  [
    'values of another type, each told once',
    { certificates: { cert: 5, ctlog: 6 } },
    {},
    [
      /^error .*certificates\.cert: found the number 5, expected a string/,
      /^error .*certificates\.ctlog: found the number 6, expected a mapping/,
    ],
  ],
  [
    'a ctlog of another type, told once',
    { keys: { publicKeys: KEY, ctlog: 6 } },
    {},
    [/^error .*keys\.ctlog: found the number 6, expected a mapping/],
  ],
  [
    'two certificates of the signer',
    { certificates: { cert: leaf + leaf } },
    {},
    [/^error .*certificates\.cert: Cannot use certificate: found 2, expected the signer's only/],
  ],
  [
    'a root where the signer belongs',
    { certificates: { cert: pem.fulcioRoot } },
    {},
    [/^warning .*certificates\.cert: is a self-signed certificate, so only signatures of its own/],
  ],
  [
    'a Secret without a namespace',
    { keys: { secret: { name: 'a' } } },
    {},
    [/^error .*keys\.secret\.namespace: found "", expected the namespace of a Secret/],
  ],
  [
    'a Secret whose name leads elsewhere',
    { keys: { secret: { name: 'a/b', namespace: 'c' } } },
    {},
    [/^error .*keys\.secret\.name: found "a\/b", expected the name of a Secret/],
  ],
  [
    'a KMS that is none',
    { keys: { kms: 'cosign.pub' } },
    {},
    [/^error .*keys\.kms: found "cosign\.pub", expected a reference such as "awskms:/],
  ],
  [
    'a reference that cannot be followed',
    { keys: { publicKeys: 'https://acme.example/cosign.pub' } },
    {},
    [/^unsupported .*keys\.publicKeys: the key reference "https:.*" is not supported yet/],
  ],
  [
    'keys for Notary',
    { keys: { publicKeys: KEY } },
    { type: 'Notary' },
    [/^error .*keys: Notary signatures are made with certificates, expected "certificates"/],
  ],
  [
    'bad certificates for Notary',
    { certificates: { cert: 'hello' } },
    { type: 'Notary' },
    [/^error .*certificates\.cert: Cannot read certificates of "certificates": found no whole PEM/],
  ],
  [
    'logs for Notary',
    { certificates: { cert: notaryRoot.pem, rekor: {}, ctlog: { pubkey: KEY } } },
    { type: 'Notary' },
    [
      /^warning .*certificates\.ctlog\.pubkey: has no effect/,
      /^warning .*certificates\.rekor: has no effect/,
    ],
  ],
  [
    'a key and an identity in short',
    { keys: { publicKeys: newKey() } },
    { key: KEY, issuer: ISSUER },
    [
      /^warning .*key: deprecated/,
      /^warning .*issuer: deprecated/,
      /^error .*issuer: found "key" and "issuer", expected a key or an identity/,
    ],
  ],
  [
    'an attestation without a type',
    { keys: { publicKeys: KEY } },
    { attestations: [{ attestors: [keySet()] }] },
    [/^error .*attestations\[0\]\.type: missing, expected the predicate type/],
  ],
  [
    'MNH-05 an attestation with an empty set',
    { keys: { publicKeys: KEY } },
    { attestations: [{ type: 'x', attestors: [{ entries: [] }] }] },
    [/^error .*attestations\[0\]\.attestors\[0\]\.entries: found no entries/],
  ],
];

for (const [name, form, more, lines] of FAULTS) {
  test(`an attestor with ${name} is told`, () => {
    const found = faultLines(withForm(form, more));
    assert.equal(found.length, lines.length, found.join('\n'));
    for (const [index, line] of lines.entries()) assert.match(found[index] ?? '', line);
  });
}

const HASHED: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ['subject', { keyless: { ...WHO, subject: 'a' } }, { keyless: { ...WHO, subject: 'b' } }],
  [
    'kind of match',
    { keyless: { ...WHO, subject: 'a' } },
    { keyless: { issuer: ISSUER, subjectRegExp: 'a' } },
  ],
  ['roots', { keyless: WHO }, { keyless: { ...WHO, roots: pem.fulcioRoot } }],
  ['certificate', { certificates: { cert: leaf } }, { certificates: { cert: pem.fulcioRoot } }],
  [
    'chain',
    { certificates: { certChain: pem.fulcioRoot } },
    { certificates: { certChain: pem.fulcioChain } },
  ],
];

for (const [name, one, other] of HASHED) {
  test(`MNH-19 policies that differ in the ${name} have different hashes`, () => {
    assert.notEqual(readUsable(withForm(one)).hash, readUsable(withForm(other)).hash);
    assert.equal(readUsable(withForm(one)).hash, readUsable(withForm(structuredClone(one))).hash);
  });
}

test('the audit policy that watches every image for GitHub signatures reads without errors', () => {
  const [policy] = objects(`
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: verify-image-signatures
spec:
  validationFailureAction: Audit
  webhookTimeoutSeconds: 30
  rules:
    - name: verify-sigstore-keyless
      match:
        any:
          - resources:
              kinds:
                - Pod
      verifyImages:
        - imageReferences:
            - "*"
          attestors:
            - entries:
                - keyless:
                    issuerRegExp: "https://token\\\\.actions\\\\.githubusercontent\\\\..*"
                    subjectRegExp: "https://github\\\\.com/.+"
                    rekor:
                      url: https://rekor.sigstore.dev
`);
  assert.ok(isJsonObject(policy));
  assert.equal(verifyRule(policy).kind, 'verify-images');
  const found = faultLines(policy);
  assert.ok(
    found.every((line) => line.startsWith('warning ')),
    found.join('\n'),
  );
  assert.equal(found.filter((line) => line.includes('is not anchored')).length, 2);
});

test('keyless policies that name a workflow of one organisation read without errors', () => {
  const keyless1 = {
    subject: 'https://github.com/company/repo/.github/workflows/build.yml@*',
    issuer: ISSUER,
  };
  assert.deepEqual(faultLines(withForm({ keyless: keyless1 })), []);
});
