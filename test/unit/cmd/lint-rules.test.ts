import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { readPolicyDocuments } from '#cmd/file/load-policies.ts';
import { CATALOGUE } from '#cmd/lint/catalogue.ts';
import type { LintedDocument } from '#cmd/lint/finding.ts';
import { lintDocument } from '#cmd/lint/lint-document.ts';
import {
  FOR_PODS,
  KEY,
  entry,
  keySet,
  newKey,
  policyDocument,
  rule,
} from '#test/unit/policy/sample-policy.ts';

const DIGEST_RULE: JsonObject = {
  name: 'r',
  match: FOR_PODS,
  validate: {
    failureAction: 'Enforce',
    pattern: { spec: { containers: [{ image: '*@sha256:*' }] } },
  },
};

const CEL_RULE: JsonObject = {
  name: 'r',
  match: FOR_PODS,
  validate: {
    failureAction: 'Enforce',
    cel: { expressions: [{ expression: 'object.spec.containers.all(c, c.image.contains("@"))' }] },
  },
};

/** A policy that says for which controllers rules are generated. */
function annotated(controllers: string): JsonObject {
  const annotations = { 'pod-policies.kyverno.io/autogen-controllers': controllers };
  return { ...kyvernos(), metadata: { name: 'p', annotations } };
}

/** A rule that refuses an image, for Pods of these operations. */
function denying(resources: JsonObject): JsonObject {
  const condition = { key: '{{ images.containers.*.tag }}', operator: 'AnyIn', value: ['latest'] };
  return {
    name: 'r',
    match: { any: [{ resources: { kinds: ['Pod'], ...resources } }] },
    validate: { failureAction: 'Enforce', deny: { conditions: { any: [condition] } } },
  };
}

/** A policy whose only entry has these changes; its action is written where Kyverno wants it. */
function withEntry(changes: JsonObject, ruleChanges: JsonObject = {}): JsonObject {
  return withEntries([{ failureAction: 'Enforce', ...changes }], ruleChanges);
}

function withEntries(changes: readonly JsonObject[], ruleChanges: JsonObject = {}): JsonObject {
  return own(
    policyDocument(
      [rule({ verifyImages: changes.map((change) => entry(change)), ...ruleChanges })],
      { validationFailureAction: null },
    ),
  );
}

/** Our own kind, which neither Kyverno's checks nor its updates concern. */
function own(document: JsonObject): JsonObject {
  return { ...document, apiVersion: 'sign-policy.dev/v1alpha1', kind: 'ClusterSignPolicy' };
}

function kyvernos(spec: JsonObject = {}, changes: JsonObject = {}): JsonObject {
  return policyDocument(
    [rule({ verifyImages: [entry({ failureAction: 'Enforce' })], ...changes })],
    {
      validationFailureAction: null,
      ...spec,
    },
  );
}

function withKeyless(changes: JsonObject, entryChanges: JsonObject = {}): JsonObject {
  const keyless = {
    subject: 'https://github.com/acme/app/*',
    issuer: 'https://token.actions.githubusercontent.com',
    rekor: { url: 'https://rekor.sigstore.dev' },
    ...changes,
  };
  return withEntry({ attestors: [{ entries: [{ keyless }] }], ...entryChanges });
}

function matching(resources: JsonObject): JsonObject {
  return { match: { any: [{ resources: { kinds: ['Pod'], ...resources } }] } };
}

/** A policy of a namespace about so many kinds without a pod template. */
function naming(count: number): JsonObject {
  const kinds = Array.from({ length: count }, (_, index) => `example.dev/v1/Kind${index}`);
  return {
    ...policyDocument([{ ...DIGEST_RULE, ...matching({ kinds: ['Pod', ...kinds] }) }], {
      validationFailureAction: null,
    }),
    apiVersion: 'sign-policy.dev/v1alpha1',
    kind: 'SignPolicy',
    metadata: { name: 'p', namespace: 'team' },
  };
}

/** An exception of some Pods from one rule. */
function exception(metadata: JsonObject = {}, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'kyverno.io/v2',
    kind: 'PolicyException',
    metadata: { name: 'a', namespace: 'team', ...metadata },
    spec: { match: FOR_PODS, exceptions: [{ policyName: 'a', ruleNames: ['b'] }], ...spec },
  };
}

function excluding(resources: JsonObject): JsonObject {
  return { exclude: { any: [{ resources }] } };
}

/** Two keys in one entry: two attestors here, one for Kyverno's check. */
const TWO_KEYS = `${KEY}\n${newKey()}`;

const ATTESTATION: JsonObject = { type: 'https://slsa.dev/provenance/v1', attestors: [keySet()] };

const TWO_ENTRIES = [KEY, newKey()].map((publicKeys) => ({
  keys: { publicKeys, rekor: { ignoreTlog: true } },
}));

function denyOf(key: string): JsonObject {
  return { deny: { conditions: { any: [{ key, operator: 'Equals', value: 'a' }] } } };
}

const DENY = denyOf('a');

/** For each rule a policy that it is about, and one like it that it is not about. */
const EXAMPLES: Readonly<Record<string, readonly [bad: JsonObject, good: JsonObject]>> = {
  SP001: [withEntry({ requird: true }), withEntry({ required: true })],
  SP002: [
    own(
      policyDocument([
        { ...DIGEST_RULE, validate: { assert: { any: [{ check: { image: 'a' } }] } } },
      ]),
    ),
    own(policyDocument([DIGEST_RULE], { validationFailureAction: null })),
  ],
  SP003: [
    own({ ...kyvernos(), metadata: { name: 'p', namespace: 'a' } }),
    own({ ...kyvernos(), metadata: { name: 'p' } }),
  ],
  SP101: [kyvernos({}, { verifyImages: [entry()] }), kyvernos()],
  SP102: [kyvernos({}, { match: { any: [{ resources: { kinds: ['*'] } }] } }), kyvernos()],
  SP103: [kyvernos({ admission: false }), kyvernos({ admission: true })],
  SP104: [
    kyvernos({}, { verifyImages: [entry({ attestors: [{ ...keySet(TWO_KEYS), count: 2 }] })] }),
    kyvernos({}, { verifyImages: [entry({ attestors: [{ ...keySet(TWO_KEYS), count: 1 }] })] }),
  ],
  SP105: [
    {
      ...withKeyless({ rekor: { ignoreTlog: false } }),
      apiVersion: 'kyverno.io/v1',
      kind: 'ClusterPolicy',
    },
    { ...withKeyless({}), apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy' },
  ],
  SP106: [
    kyvernos({}, { match: { any: [{ resources: { kinds: ['Pod'] }, clusterRoles: ['admin'] }] } }),
    kyvernos(
      { background: false },
      { match: { any: [{ resources: { kinds: ['Pod'] }, clusterRoles: ['admin'] }] } },
    ),
  ],
  SP107: [
    kyvernos({ failurePolicy: 'Fail', webhookConfiguration: { failurePolicy: 'Fail' } }),
    kyvernos({ webhookConfiguration: { failurePolicy: 'Fail' } }),
  ],
  SP108: [
    { ...kyvernos({}, matching({ namespaces: ['a'] })), kind: 'Policy' },
    { ...kyvernos(), kind: 'Policy' },
  ],
  SP109: [
    policyDocument([{ ...DIGEST_RULE, imageExtractors: { Task: [{ path: '/spec/image' }] } }]),
    policyDocument([DIGEST_RULE]),
  ],
  SP110: [{ ...kyvernos(), metadata: { name: 'p', namespace: 'a' } }, kyvernos()],
  SP111: [
    kyvernos({
      validationFailureActionOverrides: [
        { action: 'Audit', namespaces: ['*'] },
        { action: 'Enforce', namespaces: ['prod'] },
      ],
    }),
    kyvernos({
      validationFailureActionOverrides: [
        { action: 'Audit', namespaces: ['dev'] },
        { action: 'Enforce', namespaces: ['prod'] },
      ],
    }),
  ],
  SP112: [
    policyDocument([{ ...DIGEST_RULE, ...matching({ kinds: ['Pod/status'] }) }]),
    policyDocument([{ ...DIGEST_RULE, ...matching({ kinds: ['Pod/status'] }) }], {
      background: false,
    }),
  ],
  SP113: [
    kyvernos({}, { preconditions: { all: [{ key: '{{ a }}', operator: 'Equals', value: 'a' }] } }),
    kyvernos(
      {},
      { preconditions: { all: [{ key: '{{ images }}', operator: 'Equals', value: 'a' }] } },
    ),
  ],
  SP114: [
    kyvernos({}, { match: { any: [{ resources: { namespaces: ['a'] } }] } }),
    kyvernos({}, { match: { any: [{ resources: { kinds: ['Pod'], namespaces: ['a'] } }] } }),
  ],
  SP115: [kyvernos({}, { exclude: FOR_PODS }), own(kyvernos({}, { exclude: FOR_PODS }))],
  SP116: [
    kyvernos({}, matching({ selector: {} })),
    kyvernos({}, matching({ namespaceSelector: {} })),
  ],
  SP117: [
    { ...kyvernos({}, matching({ kinds: ['Pod', 'Node'] })), kind: 'Policy' },
    kyvernos({}, matching({ kinds: ['Pod', 'Node'] })),
  ],
  SP118: [annotated('all'), annotated('none')],
  SP119: [
    { ...kyvernos(), metadata: { name: 'p'.repeat(64) } },
    own({ ...kyvernos(), metadata: { name: 'p'.repeat(64) } }),
  ],
  SP120: [
    policyDocument([{ ...CEL_RULE, context: [{ name: 'a', variable: { value: 1 } }] }]),
    policyDocument([CEL_RULE]),
  ],
  SP121: [
    policyDocument([
      {
        ...DIGEST_RULE,
        validate: { deny: {} },
        celPreconditions: [{ name: 'a', expression: 'true' }],
      },
    ]),
    policyDocument([{ ...CEL_RULE, celPreconditions: [{ name: 'a', expression: 'true' }] }]),
  ],
  SP122: [
    policyDocument([{ ...DIGEST_RULE, validate: { assert: { image: 'a' } } }]),
    policyDocument([DIGEST_RULE]),
  ],
  SP123: [
    policyDocument([{ ...DIGEST_RULE, validate: { pattern: { metadata: { labels: { a: 1 } } } } }]),
    policyDocument([
      { ...DIGEST_RULE, validate: { pattern: { metadata: { labels: { a: '1' } } } } },
    ]),
  ],
  SP124: [
    kyvernos({ webhookConfiguration: { matchConditions: [{ name: 'a', expression: 'a == 1' }] } }),
    kyvernos({ webhookConfiguration: { matchConditions: [{ name: 'a', expression: 'true' }] } }),
  ],
  SP125: [
    {
      ...kyvernos({}, { match: { resources: { kinds: ['Pod'] } } }),
      apiVersion: 'kyverno.io/v2beta1',
    },
    kyvernos({}, { match: { resources: { kinds: ['Pod'] } } }),
  ],
  SP201: [
    withEntry({ imageReferences: ['ghcr.io/acme/app:*'] }),
    withEntry({ imageReferences: ['ghcr.io/acme/app:*', 'ghcr.io/acme/app@*'] }),
  ],
  SP202: [
    withKeyless({ subject: null, subjectRegExp: 'https://github.com/acme/' }),
    withKeyless({ subject: null, subjectRegExp: '^https://github\\.com/acme/app/.+$' }),
  ],
  SP203: [withKeyless({ issuer: null }), withKeyless({})],
  SP204: [
    withEntry({ attestations: [{ ...ATTESTATION, attestors: [] }] }),
    withEntry({ attestations: [ATTESTATION] }),
  ],
  SP205: [withEntry({ attestors: [] }), withEntry({})],
  SP206: [withEntry({ attestors: [], required: false }), withEntry({ required: false })],
  SP207: [
    withEntry({ validate: DENY }),
    withEntries([
      { failureAction: 'Enforce', validate: DENY },
      { failureAction: 'Enforce', attestations: [{ ...ATTESTATION, name: 'a' }] },
    ]),
  ],
  SP208: [
    withEntry({}, matching({ kinds: ['Task'] })),
    withEntry(
      {},
      { ...matching({ kinds: ['Task'] }), imageExtractors: { Task: [{ path: '/spec/image' }] } },
    ),
  ],
  SP209: [withKeyless({ issuer: null, subject: null }), withKeyless({})],
  SP210: [
    withEntry({ imageReferences: ['ghcr.io/acme/app*'] }),
    withEntry({ imageReferences: ['ghcr.io/acme/*', 'ghcr.io/acme/app@*'] }),
  ],
  SP211: [
    withEntry({ skipImageReferences: ['*/pause:*'] }),
    withEntry({ skipImageReferences: ['registry.k8s.io/pause:*'] }),
  ],
  SP212: [
    withEntry({ mutateDigest: false, verifyDigest: false }),
    withEntry({ failureAction: 'Audit', mutateDigest: false, verifyDigest: false }),
  ],
  SP213: [
    withEntry({}, excluding({ selector: { matchLabels: { tier: 'base' } } })),
    withEntry({}, excluding({ namespaces: ['kube-system'] })),
  ],
  SP214: [
    withEntry({}, matching({ operations: ['CREATE'] })),
    withEntry({}, matching({ operations: ['CREATE', 'UPDATE'] })),
  ],
  SP215: [
    withEntry({}, matching({ kinds: ['Deployment', 'batch/v1/CronJob'] })),
    withEntry({}, matching({ kinds: ['Deployment', 'v1/Pod'] })),
  ],
  SP216: [
    withKeyless({ subject: 'https://github.com/acme*' }),
    withKeyless({ subject: 'https://github.com/acme/app/.github/workflows/r.yml@refs/tags/v*' }),
  ],
  SP217: [
    withKeyless({ rekor: { ignoreTlog: true } }),
    withKeyless({ rekor: { ignoreTlog: false } }),
  ],
  SP218: [
    withKeyless({ ctlog: { ignoreSCT: true } }),
    withKeyless({ ctlog: { ignoreSCT: false } }),
  ],
  SP219: [
    own(kyvernos({ failurePolicy: 'Ignore' })),
    own(
      kyvernos(
        { failurePolicy: 'Ignore' },
        { verifyImages: [entry({ failureAction: 'Audit', mutateDigest: false })] },
      ),
    ),
  ],
  SP220: [
    withEntry(
      {},
      { preconditions: { all: [{ key: '{{ tems.data.a }}', operator: 'Equals', value: 'a' }] } },
    ),
    withEntry(
      {},
      {
        context: [{ name: 'teams', configMap: { name: 'a', namespace: 'b' } }],
        preconditions: { all: [{ key: '{{ teams.data.a }}', operator: 'Equals', value: 'a' }] },
      },
    ),
  ],
  SP221: [
    withEntry({
      validate: DENY,
      attestations: [
        { ...ATTESTATION, name: 'a' },
        { ...ATTESTATION, type: 'https://in-toto.io/attestation/vulns', name: 'a' },
      ],
    }),
    withEntries([
      {
        failureAction: 'Enforce',
        validate: DENY,
        attestations: [
          { ...ATTESTATION, name: 'a' },
          { ...ATTESTATION, name: 'b' },
        ],
      },
      // Each image has names of its own.
      { failureAction: 'Enforce', validate: DENY, attestations: [{ ...ATTESTATION, name: 'a' }] },
    ]),
  ],
  SP222: [naming(51), naming(50)],
  SP223: [
    withEntry({ imageReferences: ['nginx:*'], skipImageReferences: ['acme/*'] }),
    withEntry({
      imageReferences: ['docker.io/nginx:*'],
      skipImageReferences: ['{{ request.namespace }}/*', 'docker.io/acme/*'],
    }),
  ],
  SP224: [
    withEntry({ imageReferences: ['docker.io/library/*'] }),
    withEntry({ imageReferences: ['docker.io/library/*', 'docker.io/*'] }),
  ],
  SP225: [
    own(kyvernos({}, { exclude: FOR_PODS })),
    own(kyvernos({}, excluding({ kinds: ['Pod'], namespaces: ['kube-system'] }))),
  ],
  SP226: [
    exception({}, { exceptions: [{ policyName: 'a', ruleNames: ['*'] }] }),
    exception({}, { exceptions: [{ policyName: 'a', ruleNames: ['b*', 'autogen-*'] }] }),
  ],
  SP227: [
    exception({}, { exceptions: [{ policyName: 'a*', ruleNames: ['b'] }] }),
    exception({}, { exceptions: [{ policyName: 'a/b', ruleNames: ['b*'] }] }),
  ],
  SP228: [
    withEntries([
      { failureAction: 'Enforce', attestations: [{ ...ATTESTATION, name: 'a' }] },
      {
        failureAction: 'Enforce',
        attestations: [{ ...ATTESTATION, name: 'b' }],
        validate: denyOf('{{ b.level }}'),
      },
    ]),
    withEntries([
      {
        failureAction: 'Enforce',
        attestations: [{ ...ATTESTATION, name: 'a' }],
        validate: denyOf('{{ a.level }}'),
      },
      {
        failureAction: 'Enforce',
        attestations: [{ ...ATTESTATION, name: 'b' }],
        validate: denyOf("{{ b.level || '' }}"),
      },
    ]),
  ],
  SP229: [
    withEntry({ attestations: [{ ...ATTESTATION, attestors: [keySet(TWO_KEYS)] }] }),
    withEntry({
      attestors: [keySet(TWO_KEYS)],
      attestations: [{ ...ATTESTATION, attestors: [{ entries: TWO_ENTRIES }] }],
    }),
  ],
  SP301: [
    withEntry({
      attestors: [
        { count: 2, entries: [{ keys: { publicKeys: KEY } }, { keys: { publicKeys: KEY } }] },
      ],
    }),
    withEntry({ attestors: [{ count: 1, entries: [{ keys: { publicKeys: KEY } }] }] }),
  ],
  SP302: [
    own(
      kyvernos({ webhookConfiguration: { matchConditions: [{ name: 'a', expression: 'true' }] } }),
    ),
    own(
      policyDocument([DIGEST_RULE], {
        validationFailureAction: null,
        webhookConfiguration: { matchConditions: [{ name: 'a', expression: 'true' }] },
      }),
    ),
  ],
  SP303: [
    withEntry({ type: 'SigstoreBundle', annotations: { env: 'prod' } }),
    withEntry({ type: 'Cosign', annotations: { env: 'prod' } }),
  ],
  SP304: [
    withKeyless({ rekor: { ignoreTlog: true }, ctlog: { tsaCertChain: 'not a certificate' } }),
    withKeyless({ ctlog: { tsaCertChain: 'not a certificate' } }),
  ],
  SP305: [
    withEntry({ skipImageReferences: ['*.acme.example/base/*'] }),
    withEntry({ skipImageReferences: ['registry.acme.example/base/*'] }),
  ],
  SP306: [
    withEntries([{ failureAction: 'Enforce' }, { failureAction: 'Enforce', mutateDigest: false }]),
    withEntries([{ failureAction: 'Enforce' }, { failureAction: 'Enforce' }]),
  ],
  SP307: [withEntry({ type: 'SigstoreBundle' }), withEntry({ type: 'Cosign' })],
  SP308: [
    withEntry({}, { imageExtractors: { Pod: [{ path: '/spec/containers/*/image' }] } }),
    withEntry({}, { imageExtractors: { Task: [{ path: '/spec/image' }] } }),
  ],
  SP309: [
    own(policyDocument([denying({ operations: ['CREATE', 'DELETE'] })])),
    own(policyDocument([denying({ operations: ['CREATE', 'UPDATE'] })])),
  ],
  SP310: [
    exception({}, { images: ['docker.io/a*'] }),
    exception({ annotations: { 'sign-policy.dev/exception-images': 'docker.io/a*' } }),
  ],
  SP401: [kyvernos(), own(kyvernos())],
  SP402: [
    withEntry({ image: 'ghcr.io/acme/*', imageReferences: null }),
    withEntry({ imageReferences: ['ghcr.io/acme/*'] }),
  ],
  SP403: [
    kyvernos({ failurePolicy: 'Fail' }, { match: { resources: { kinds: ['Pod'], name: 'a' } } }),
    kyvernos({ webhookConfiguration: { failurePolicy: 'Fail' } }),
  ],
  SP404: [{ ...exception(), apiVersion: 'kyverno.io/v2beta1' }, exception()],
};

function linted(document: JsonObject): LintedDocument {
  const [read, ...more] = readPolicyDocuments(
    [{ origin: 'policy.json', text: JSON.stringify(document) }],
    'default',
  );
  assert.ok(read !== undefined && more.length === 0);
  return lintDocument(read);
}

function rulesIn(document: JsonObject): readonly string[] {
  return linted(document).findings.map((finding) => finding.rule);
}

/** Of no document: the file cannot be read. */
const OF_FILES = 'SP000';

for (const { id, severity, title } of CATALOGUE.filter(({ id: one }) => one !== OF_FILES)) {
  test(`lint: ${id} is told where it is, and not where it is not: ${title}`, () => {
    const example = EXAMPLES[id];
    assert.ok(example !== undefined, 'no example');
    const [bad, good] = example;
    const found = linted(bad).findings.filter((finding) => finding.rule === id);
    assert.ok(found.length > 0, JSON.stringify(linted(bad).findings));
    assert.ok(found.every((finding) => finding.severity === severity));
    assert.ok(!rulesIn(good).includes(id), JSON.stringify(linted(good).findings));
  });
}

test('lint: every identifier is there once, and has an example', () => {
  const ids = CATALOGUE.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(
    ids.filter((id) => id !== OF_FILES),
    Object.keys(EXAMPLES),
  );
});

test('lint: a good policy of our own kind has no finding', () => {
  assert.deepEqual(linted(withEntry({})).findings, []);
  assert.equal(linted(withEntry({})).state, 'runs');
});

const GENERATE: JsonObject = { name: 'g', match: FOR_PODS, generate: { kind: 'ConfigMap' } };

/** What becomes of a document, and how many of its rules are left to others. */
const STATES: readonly (readonly [string, JsonObject, LintedDocument['state'], number])[] = [
  ['images and nothing else', kyvernos(), 'runs', 0],
  ['a rule of another kind beside it', policyDocument([DIGEST_RULE, GENERATE]), 'runs', 1],
  ['rules of other kinds only', policyDocument([GENERATE]), 'foreign', 1],
  ['something decided differently', withEntry({ type: 'SigstoreBundle' }), 'differs', 0],
  ['something not supported', withEntry({ attestations: [{ type: 'a' }] }), 'differs', 0],
  ['an unknown field', withEntry({ x: 1 }), 'refused', 0],
  ['something that Kyverno refuses', kyvernos({ admission: false }), 'refused', 0],
  [
    'something about other things that Kyverno refuses',
    policyDocument([{ ...DIGEST_RULE, validate: { cel: { expressions: [{}] } } }]),
    'refused',
    1,
  ],
  [
    'a kind of other engines',
    { apiVersion: 'policies.kyverno.io/v1', kind: 'ValidatingPolicy', metadata: { name: 'a' } },
    'foreign',
    0,
  ],
  [
    'a kind that is not supported',
    {
      apiVersion: 'policies.kyverno.io/v1',
      kind: 'ImageValidatingPolicy',
      metadata: { name: 'a' },
    },
    'refused',
    0,
  ],
  ['no policy', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }, 'foreign', 0],
  [
    'an exception about Pod Security',
    {
      apiVersion: 'kyverno.io/v2',
      kind: 'PolicyException',
      metadata: { name: 'a' },
      spec: {
        match: { any: [{ resources: { kinds: ['Pod'] } }] },
        exceptions: [{ policyName: 'a', ruleNames: ['a'] }],
        podSecurity: [{ controlName: 'Capabilities' }],
      },
    },
    'foreign',
    0,
  ],
];

for (const [title, document, state, foreignRules] of STATES) {
  test(`lint: a document with ${title} is ${state}`, () => {
    const result = linted(document);
    assert.equal(result.state, state, JSON.stringify(result.findings));
    assert.equal(result.foreignRules, foreignRules);
  });
}

test('lint: what Kyverno refuses is not told as something that is only not supported', () => {
  for (const id of ['SP122', 'SP124'])
    assert.deepEqual(
      rulesIn(EXAMPLES[id]?.[0] ?? {}).filter((rule) => rule === id || rule === 'SP002'),
      [id],
    );
});

test('lint: an exception from everything is told at each of its stars', () => {
  const everything = exception(
    {},
    {
      match: { any: [{ resources: { kinds: ['Pod', '*/*'] } }] },
      exceptions: [{ policyName: 'a', ruleNames: ['a', '**'] }],
    },
  );
  assert.deepEqual(
    linted(everything)
      .findings.filter(({ rule: id }) => id === 'SP226')
      .map(({ path }) => path),
    ['spec.match.any[0].resources.kinds[1]', 'spec.exceptions[0].ruleNames[1]'],
  );
});

test('lint: images of an exception that are none are told as of a policy', () => {
  const found = linted(exception({}, { images: ['docker.io/a*', 'a/*'] })).findings;
  assert.deepEqual(
    found.filter(({ rule: id }) => id === 'SP223').map(({ path }) => path),
    ['spec.images'],
  );
});

test('lint: of Kyverno’s exceptions the end is told, as of its policies', () => {
  assert.deepEqual(rulesIn(exception()), ['SP401']);
  assert.equal(linted(exception()).state, 'runs');
  assert.equal(linted(exception({}, { images: ['docker.io/a*'] })).state, 'differs');
});

test('lint: a variable of loops outside of one is told once', () => {
  const pattern = { spec: { containers: [{ image: '{{ element.image }}' }] } };
  const found = linted(
    own(policyDocument([{ ...DIGEST_RULE, validate: { failureAction: 'Enforce', pattern } }])),
  ).findings.filter(({ path }) => path.endsWith('.image'));
  assert.deepEqual(
    found.map(({ rule: id }) => id),
    ['SP001'],
  );
});

test('lint: of a policy that is not about images only notes are told', () => {
  const document = policyDocument([{ ...GENERATE, preconditions: [{ key: 'a' }] }]);
  const { state, findings } = linted(document);
  assert.equal(state, 'foreign');
  assert.deepEqual(
    findings.map(({ rule: id, severity }) => [id, severity]),
    [['SP401', 'note']],
  );
});

test('lint: docs/lint.md lists every identifier with its severity and title, and no other', () => {
  const docs = readFileSync(new URL('../../../docs/lint.md', import.meta.url), 'utf8');
  const rows = [...docs.matchAll(/^\| (SP\d+) +\| (\w+) +\| (.+?) +\|$/gm)];
  assert.deepEqual(
    rows.map(([, id, severity, title]) => ({ id, severity, title: title?.replaceAll('\\*', '*') })),
    CATALOGUE.map(({ id, severity, title }) => ({ id, severity, title })),
  );
});
