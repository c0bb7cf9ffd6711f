import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dump } from 'js-yaml';
import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { startEngine } from '#test/support/admission/engine.ts';
import { cannedContext } from '#test/support/admission/context-sources.ts';
import { deployment, patchedImages, pod, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom } from '#test/support/admission/policies.ts';
import { putImage } from '#test/support/registry/image.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import type { SignedSubject } from '#test/support/signer/artifact-store.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage, subjectOf } from '#test/support/signer/signed-image.ts';
import { legacyAttestation } from '#test/support/sigstore/legacy-layer.ts';
import { storeAttestations } from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';

const SCAN = 'https://cosign.sigstore.dev/attestation/vuln/v1';
const SBOM = 'https://spdx.dev/Document';
const { time: at } = createVirtualSigstore();
const attester = keySigner();
const key = generateSignerKey();
const other = generateSignerKey();
const registry = await startRegistry();
const sources = cannedContext({
  configMaps: {
    'default/keys': { prod: key.publicKeyPem, test: other.publicKeyPem },
    'default/switch': { verify: 'true' },
  },
  calls: { '/api/v1/namespaces/prod': { metadata: { labels: { tier: 'gold' } } } },
});
const engine = startEngine({ sources });
after(async () => {
  await engine.close();
  await registry.close();
});
const signed = putSignedImage(registry, 'acme/signed:v1', { key });

let count = 0;

/** An image with attestations, and its reference. */
function attestedImage(
  ...statements: readonly { readonly type: string; readonly predicate: JsonValue }[]
): string {
  const repository = `acme/attested${++count}`;
  const descriptor = putImage(registry, repository, { tag: 'v1' });
  const subject = subjectOf(registry, repository, descriptor);
  attest(subject, statements);
  return `${registry.host}/${repository}:v1`;
}

function attest(
  subject: SignedSubject,
  statements: readonly { readonly type: string; readonly predicate: JsonValue }[],
): void {
  const layers = statements.map(({ type, predicate }) =>
    legacyAttestation(subject, { signer: attester, at }, { predicateType: type, predicate }),
  );
  storeAttestations(registry, subject, { layers });
}

interface PolicyParts {
  readonly entry?: JsonObject;
  readonly rule?: JsonObject;
  readonly spec?: JsonObject;
}

const keysOf = (pem: string): JsonObject => ({
  entries: [{ keys: { publicKeys: pem, rekor: { ignoreTlog: true }, ctlog: { ignoreSCT: true } } }],
});

function policy({ entry = {}, rule = {}, spec = {} }: PolicyParts): string {
  return dump({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'p' },
    spec: {
      validationFailureAction: 'Enforce',
      ...spec,
      rules: [
        {
          name: 'r',
          match: { any: [{ resources: { kinds: ['Pod'] } }] },
          verifyImages: [
            {
              imageReferences: [`${registry.host}/*`],
              attestors: [keysOf(key.publicKeyPem)],
              ...entry,
            },
          ],
          ...rule,
        },
      ],
    },
  });
}

async function admit(
  object: JsonObject,
  parts: PolicyParts,
  more: Partial<AdmissionRequest> = {},
): Promise<Decision> {
  return engine.admit(requestFor(object, more), {
    policies: policiesFrom(policy(parts)),
    stage: 'mutate',
    pin: 'pods',
  });
}

const WHEN_PROD = {
  preconditions: {
    all: [{ key: '{{ request.namespace }}', operator: 'Equals', value: 'prod' }],
  },
};

test('a rule whose preconditions are met is asked, and pins', async () => {
  const decision = await admit(pod([signed.reference]), { rule: WHEN_PROD });
  assert.equal(decision.allowed, true, decision.message);
  assert.deepEqual(patchedImages(decision), [`${signed.reference}@${signed.digest}`]);
});

test('a rule whose preconditions are not met says nothing, and is recorded as skipped', async () => {
  const decision = await admit(pod([signed.reference]), { rule: WHEN_PROD }, { namespace: 'test' });
  assert.equal(decision.allowed, true);
  assert.deepEqual(decision.patch, []);
  const [record] = decision.records;
  assert.equal(record?.verdict.kind, 'skip');
  assert.match(record.verdict.message, /its preconditions are not met/);
});

test('MNH-06 preconditions that cannot be evaluated refuse, in Kyverno’s words', async () => {
  const rule = {
    preconditions: { all: [{ key: '{{ request.nothing }}', operator: 'Equals', value: 'x' }] },
  };
  const decision = await admit(pod([signed.reference]), { rule });
  assert.equal(decision.outcome, 'unknown');
  assert.equal(decision.retryAfterSeconds, undefined);
  assert.match(decision.message, /failed to resolve request\.nothing/);
  assert.match(decision.message, /Unknown key "nothing" in path/);
});

const BY_NAMESPACE = {
  rule: { context: [{ name: 'keys', configMap: { name: 'keys', namespace: 'default' } }] },
  entry: { attestors: [keysOf('{{ keys.data.{{ request.namespace }} }}')] },
};

test('a key from a ConfigMap, by the namespace of the request', async () => {
  const decision = await admit(pod([signed.reference]), BY_NAMESPACE);
  assert.equal(decision.allowed, true, decision.message);
});

test('MNH-19 another namespace’s key is another key', async () => {
  const decision = await admit(pod([signed.reference]), BY_NAMESPACE, { namespace: 'test' });
  assert.equal(decision.outcome, 'denied', decision.message);
  assert.match(decision.message, /was not made by key/);
});

test('a ConfigMap is not read for images that the rule is not about', async () => {
  sources.asked.length = 0;
  const decision = await admit(pod(['docker.io/library/nginx:1']), BY_NAMESPACE);
  assert.equal(decision.allowed, true);
  assert.deepEqual(sources.asked, []);
});

const MISSING_CONFIG_MAP = {
  rule: { context: [{ name: 'keys', configMap: { name: 'none', namespace: 'default' } }] },
  entry: { attestors: [keysOf('{{ keys.data.prod }}')] },
};

test('MNH-06 a ConfigMap that is not there refuses', async () => {
  const decision = await admit(pod([signed.reference]), MISSING_CONFIG_MAP);
  assert.equal(decision.outcome, 'unknown');
  assert.match(decision.message, /failed to get configmap default\/none: it does not exist/);
});

test('failurePolicy Ignore forgives it where nothing else demands a verified digest', async () => {
  const spec = { failurePolicy: 'Ignore' };
  const loose = { required: false, verifyDigest: false };
  const { rule, entry } = MISSING_CONFIG_MAP;
  const forgiven = await admit(pod([signed.reference]), {
    rule,
    spec,
    entry: { ...entry, ...loose },
  });
  assert.equal(forgiven.allowed, true);
  assert.match(forgiven.warnings.join(), /failed to get configmap/);
  assert.equal((await admit(pod([signed.reference]), { rule, spec, entry })).allowed, false);
});

test('what the API server says decides, and trouble with it is worth another try', async () => {
  const rule = (path: string): JsonObject => ({
    context: [{ name: 'ns', apiCall: { urlPath: path, jmesPath: 'metadata.labels.tier' } }],
    preconditions: { all: [{ key: '{{ ns }}', operator: 'Equals', value: 'gold' }] },
  });
  const known = await admit(pod([signed.reference]), {
    rule: rule('/api/v1/namespaces/{{ request.namespace }}'),
  });
  assert.equal(patchedImages(known).length, 1);
  const down = await admit(pod([signed.reference]), { rule: rule('/api/v1/down') });
  assert.equal(down.outcome, 'unknown');
  assert.equal(down.retryAfterSeconds, 1);
});

test('a rule for Pods sees a workload’s template as its object', async () => {
  const rule = {
    preconditions: {
      all: [{ key: '{{ request.object.metadata.labels.app }}', operator: 'Equals', value: 'web' }],
    },
  };
  const decision = await admit(deployment([signed.reference]), { rule });
  assert.equal(decision.allowed, true, decision.message);
  assert.deepEqual(
    decision.records.map((record) => `${record.rule} ${record.verdict.kind}`),
    ['autogen-r pass'],
  );
});

const BY_ATTESTER = { attestors: [keysOf(attester.key.publicKeyPem)] };

const RECENT = {
  all: [
    {
      key: "{{ time_since('', '{{ metadata.scanFinishedOn }}', '') }}",
      operator: 'LessThanOrEquals',
      value: '168h',
      message: 'the scan is too old',
    },
  ],
};

function scanned(scanFinishedOn: string): { type: string; predicate: JsonObject } {
  return { type: SCAN, predicate: { metadata: { scanFinishedOn } } };
}

const SCANNED = {
  entry: { attestors: [], attestations: [{ type: SCAN, ...BY_ATTESTER, conditions: [RECENT] }] },
};

test('an attestation whose conditions are met admits and pins', async () => {
  const image = attestedImage(scanned('2025-12-31T00:00:00Z'));
  const decision = await admit(pod([image]), SCANNED);
  assert.equal(decision.allowed, true, decision.message);
  assert.equal(patchedImages(decision).length, 1);
});

test('MNH-10 an attestation whose conditions are not met refuses, and says what was found', async () => {
  const image = attestedImage(scanned('2025-01-01T00:00:00Z'));
  const decision = await admit(pod([image]), SCANNED);
  assert.equal(decision.outcome, 'denied');
  assert.match(decision.message, /attestation checks failed for .*: the scan is too old/);
  assert.match(decision.message, /"8760h0m0s" LessThanOrEquals "168h" is false/);
});

test('MNH-10 one good statement does not make up for a bad one', async () => {
  const image = attestedImage(scanned('2025-12-31T00:00:00Z'), scanned('2025-01-01T00:00:00Z'));
  assert.equal((await admit(pod([image]), SCANNED)).outcome, 'denied');
});

test('a statement without the field is a refusal that names it', async () => {
  const image = attestedImage({ type: SCAN, predicate: { scanner: 'x' } });
  const decision = await admit(pod([image]), SCANNED);
  assert.equal(decision.allowed, false);
  assert.match(decision.message, /Unknown key "metadata" in path/);
});

test('MNH-19 an attestation that came after a refusal is seen a few seconds later', async () => {
  const repository = `acme/rescanned`;
  const subject = subjectOf(registry, repository, putImage(registry, repository, { tag: 'v1' }));
  attest(subject, [scanned('2025-01-01T00:00:00Z')]);
  const image = `${registry.host}/${repository}:v1`;
  assert.equal((await admit(pod([image]), SCANNED)).allowed, false);
  attest(subject, [scanned('2025-12-31T00:00:00Z')]);
  engine.clock.advance(6_000);
  const decision = await admit(pod([image]), SCANNED);
  assert.equal(decision.allowed, true, decision.message);
});

const AGREE = {
  message: 'scan and SBOM of {{ image.name }} differ',
  deny: {
    conditions: {
      any: [{ key: '{{ sbom.version }}', operator: 'NotEquals', value: '{{ scan.version }}' }],
    },
  },
};

function bothNamed(validate: JsonObject): PolicyParts {
  return {
    entry: {
      attestors: [],
      attestations: [
        { name: 'sbom', type: SBOM, ...BY_ATTESTER },
        { name: 'scan', type: SCAN, ...BY_ATTESTER },
      ],
      validate,
    },
  };
}

test('attestations that agree are admitted, those that do not are denied in the author’s words', async () => {
  const good = attestedImage(
    { type: SBOM, predicate: { version: '1' } },
    { type: SCAN, predicate: { version: '1' } },
  );
  const decision = await admit(pod([good]), bothNamed(AGREE));
  assert.equal(decision.allowed, true, decision.message);
  const bad = attestedImage(
    { type: SBOM, predicate: { version: '1' } },
    { type: SCAN, predicate: { version: '2' } },
  );
  const refused = await admit(pod([bad]), bothNamed(AGREE));
  assert.equal(refused.outcome, 'denied');
  assert.match(
    refused.message,
    /validation in verifyImages failed: scan and SBOM of attested\d+ differ/,
  );
});

test('MNH-10 of several statements of one name each is tried', async () => {
  const image = attestedImage(
    { type: SBOM, predicate: { version: '1' } },
    { type: SCAN, predicate: { version: '1' } },
    { type: SCAN, predicate: { version: '2' } },
  );
  assert.equal((await admit(pod([image]), bothNamed(AGREE))).outcome, 'denied');
});

/** Two rules about the object as a whole: `first` and one that nothing keeps. */
function validating(first: JsonObject, applyRules: 'All' | 'One'): string {
  const match = { any: [{ resources: { kinds: ['Pod'] } }] };
  const image = (pattern: string): JsonObject => ({
    validate: { pattern: { spec: { containers: [{ image: pattern }] } } },
  });
  return dump({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'p' },
    spec: {
      validationFailureAction: 'Enforce',
      applyRules,
      rules: [
        { name: 'first', match, ...image('*:*'), ...first },
        { name: 'second', match, ...image('never') },
      ],
    },
  });
}

const APPLY_RULES: readonly (readonly [string, 'All' | 'One', JsonObject, boolean])[] = [
  ['All: every rule counts', 'All', {}, false],
  ['One: a rule that passes ends the search', 'One', {}, true],
  [
    'One: a rule whose preconditions are not met does not count',
    'One',
    { preconditions: { all: [{ key: 'a', operator: 'Equals', value: 'b' }] } },
    false,
  ],
];

for (const [title, applyRules, first, allowed] of APPLY_RULES) {
  test(`applyRules ${title}`, async () => {
    const decision = await engine.admit(requestFor(pod([signed.reference])), {
      policies: policiesFrom(validating(first, applyRules)),
      stage: 'validate',
      pin: 'pods',
    });
    assert.equal(decision.allowed, allowed, decision.message);
  });
}

test('MNH-06 failurePolicy Ignore does not forgive what the object made too expensive', async () => {
  const object = {
    ...pod([signed.reference]),
    metadata: { name: 'web', annotations: { note: 'x'.repeat(100_000) } },
  };
  const longer = `replace_all(@, 'x', '${'x'.repeat(100)}')`;
  const key = `{{ request.object.metadata.annotations.note | ${longer} | ${longer} }}`;
  const decision = await admit(object, {
    rule: {
      preconditions: {
        all: [{ key, operator: 'Equals', value: 'y' }],
      },
    },
    spec: { failurePolicy: 'Ignore' },
    entry: { required: false, verifyDigest: false },
  });
  assert.equal(decision.allowed, false);
  assert.match(decision.message, /takes more steps than one rule may/);
});
