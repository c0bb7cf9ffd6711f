import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dump } from 'js-yaml';
import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { startEngine } from '#test/support/admission/engine.ts';
import { deployment, pod, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom } from '#test/support/admission/policies.ts';
import { putImage } from '#test/support/registry/image.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage } from '#test/support/signer/signed-image.ts';

const key = generateSignerKey();
const registry = await startRegistry();
const engine = startEngine();
after(async () => {
  await engine.close();
  await registry.close();
});
const signed = putSignedImage(registry, 'acme/signed:v1', { key });
putImage(registry, 'acme/unsigned', { tag: 'v1' });
const unsigned = `${registry.host}/acme/unsigned:v1`;

/** What a verifying entry has besides, and the rule around it. */
interface RuleParts {
  readonly kinds?: readonly string[];
  readonly images?: readonly string[];
  readonly entry?: JsonObject;
  readonly rule?: JsonObject;
}

function rule(name: string, { kinds = ['Pod'], images, entry, rule: more }: RuleParts): JsonObject {
  const keys = {
    publicKeys: key.publicKeyPem,
    rekor: { ignoreTlog: true },
    ctlog: { ignoreSCT: true },
  };
  return {
    name,
    match: { any: [{ resources: { kinds: [...kinds] } }] },
    verifyImages: [
      {
        imageReferences: [...(images ?? [`${registry.host}/*`])],
        attestors: [{ entries: [{ keys }] }],
        failureAction: 'Enforce',
        ...entry,
      },
    ],
    ...more,
  };
}

function policy(spec: JsonObject, ...rules: readonly JsonObject[]): string {
  return dump({
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'p' },
    spec: { ...spec, rules: [...rules] },
  });
}

async function admit(
  text: string,
  request: AdmissionRequest,
  stage: 'mutate' | 'validate' = 'mutate',
): Promise<Decision> {
  return engine.admit(request, { policies: policiesFrom(text), stage, pin: 'pods' });
}

test('MNH-06 applyRules One: a rule that could not find out, and is forgiven, does not end the search', async () => {
  const broken = 'registry.invalid.example:1';
  const text = policy(
    { applyRules: 'One', failurePolicy: 'Ignore' },
    rule('unreachable', {
      images: [`${broken}/*`],
      entry: { required: false, verifyDigest: false, mutateDigest: false },
    }),
    rule('signed', {}),
  );
  // The second image only makes the first rule fail to find out.
  const decision = await admit(text, requestFor(pod([unsigned, `${broken}/any/thing:v1`])));
  assert.equal(decision.allowed, false);
  assert.match(decision.message, /acme\/unsigned:v1/);
});

test('MNH-06 failurePolicy Ignore does not forgive match conditions that the object made too expensive', async () => {
  const text = policy(
    {
      failurePolicy: 'Ignore',
      webhookConfiguration: {
        matchConditions: [
          {
            name: 'costly',
            expression:
              "object.spec.containers.all(one, object.spec.containers.all(other, one.image + other.image != ''))",
          },
        ],
      },
    },
    rule('signed', {}),
  );
  const many = pod(Array.from({ length: 900 }, () => unsigned));
  const decision = await admit(text, requestFor(many));
  assert.equal(decision.allowed, false);
  assert.match(decision.message, /takes more steps than one rule may/);
});

const TASK = { apiVersion: 'tekton.dev/v1', kind: 'Task' };

function task(image: string, metadata: JsonObject = {}): JsonObject {
  return { ...TASK, metadata: { name: 't', ...metadata }, spec: { steps: [{ name: 's', image }] } };
}

const EXTRACTS = {
  kinds: ['Task'],
  rule: { imageExtractors: { Task: [{ path: '/spec/steps/*', value: 'image', key: 'name' }] } },
};

for (const stage of ['mutate', 'validate'] as const) {
  test(`MNH-01 ${stage}: an update back to the tag has no digest where nothing pins it`, async () => {
    const text = policy({}, rule('signed', { ...EXTRACTS, entry: { mutateDigest: false } }));
    const decision = await admit(
      text,
      requestFor(task(signed.reference), {
        operation: 'UPDATE',
        oldObject: task(`${signed.reference}@${signed.digest}`),
      }),
      stage,
    );
    assert.equal(decision.allowed, false);
    assert.match(decision.message, /missing digest/);
  });
}

test('MNH-19 the digest that an object had does not vouch for a tag that stays', async () => {
  for (const entry of [{ mutateDigest: false, verifyDigest: false }, { verifyDigest: false }]) {
    const text = policy({}, rule('signed', { ...EXTRACTS, entry }));
    const decision = await admit(
      text,
      requestFor(task(unsigned), {
        operation: 'UPDATE',
        oldObject: task(`${unsigned}@${signed.digest}`),
      }),
      'validate',
    );
    assert.equal(decision.allowed, false);
    assert.match(decision.message, /acme\/unsigned:v1/);
    assert.match(decision.message, /no signature/i);
  }
});

test('MNH-07 an owner that somebody wrote does not spare a workload the digest that nobody asks for later', async () => {
  const text = policy({}, rule('signed', { kinds: ['apps/v1/Deployment'] }));
  const object = {
    ...deployment([signed.reference]),
    metadata: { name: 'web', ownerReferences: [{ controller: true, kind: 'Any', name: 'x' }] },
  };
  const decision = await admit(text, requestFor(object), 'validate');
  assert.equal(decision.allowed, false);
  assert.match(decision.message, /missing digest for/);
});

test('MNH-07 the mark of a mirror Pod means nothing on a kind of another group that is called Pod', async () => {
  const object = {
    ...task(unsigned, { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
    apiVersion: 'acme.example/v1',
    kind: 'Pod',
  };
  const text = policy(
    {},
    rule('signed', {
      rule: { imageExtractors: { Pod: [{ path: '/spec/steps/*', value: 'image' }] } },
    }),
  );
  const decision = await admit(text, requestFor(object));
  assert.equal(decision.allowed, false);
});

const DELETED = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['acme.example/keep'] };

test('MNH-07 an object of a custom kind that a finalizer keeps may not get another image', async () => {
  const text = policy(
    {},
    rule('signed', { ...EXTRACTS, entry: { mutateDigest: false, verifyDigest: false } }),
  );
  const decision = await admit(
    text,
    requestFor(task(unsigned, DELETED), {
      operation: 'UPDATE',
      oldObject: task(signed.reference, DELETED),
    }),
  );
  assert.equal(decision.allowed, false);
});

test('an object of a custom kind that is being deleted loses its finalizer, whatever it holds', async () => {
  const text = policy({}, rule('signed', EXTRACTS));
  const decision = await admit(
    text,
    requestFor(task(unsigned), { operation: 'UPDATE', oldObject: task(unsigned, DELETED) }),
  );
  assert.equal(decision.allowed, true, decision.message);
});

test('MNH-26 an object with more images than anything has is refused at once, whatever failurePolicy says', async () => {
  const entry = { required: false, verifyDigest: false, mutateDigest: false };
  const text = policy({ failurePolicy: 'Ignore' }, rule('signed', { entry }));
  const many = pod(Array.from({ length: 1001 }, () => signed.reference));
  const decision = await admit(text, requestFor(many));
  assert.equal(decision.allowed, false);
  assert.match(decision.message, /Cannot read images: found 1001, expected at most 1000/);
});

test('MNH-26 texts of an object that are too expensive to compare are an error, and not for seconds', async () => {
  const resources = { kinds: ['Pod'], annotations: { 'a.example/b': `*${'a'.repeat(4000)}b` } };
  const costly = rule('costly', { rule: { match: { any: [{ resources }] } } });
  const text = policy({ failurePolicy: 'Ignore' }, costly);
  const object = {
    ...pod([unsigned]),
    metadata: { name: 'web', annotations: { 'a.example/b': 'a'.repeat(1_000_000) } },
  };
  const decision = await admit(text, requestFor(object));
  assert.equal(decision.allowed, false);
  assert.match(
    decision.message,
    /could not find out whether the rule is for this request: the names, labels or annotations/,
  );
});

test('MNH-20 a policy in a namespace has no say about the Namespace object itself', async () => {
  const extractor = { path: '/metadata/annotations/image', name: 'note' };
  const foreign = rule('signed', {
    kinds: ['Namespace'],
    rule: { imageExtractors: { Namespace: [extractor] } },
  });
  const text = dump({
    apiVersion: 'kyverno.io/v1',
    kind: 'Policy',
    metadata: { name: 'p', namespace: 'team' },
    spec: { rules: [foreign] },
  });
  const metadata = { name: 'team', annotations: { image: unsigned } };
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata };
  const decision = await admit(text, { ...requestFor(object), namespace: 'team' });
  assert.equal(decision.allowed, true);
});
