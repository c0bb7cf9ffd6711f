import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { AdmitOptions } from '#shared/admission/admit.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { Policy } from '#shared/policy/model.ts';
import { startEngine, type TestEngine } from '#test/support/admission/engine.ts';
import { patchedImages, pod, requestFor } from '#test/support/admission/objects.ts';
import {
  DIGEST_PATTERN_POLICY,
  policiesFrom,
  verifyPolicy,
} from '#test/support/admission/policies.ts';
import type { Fault } from '#test/support/registry/fault.ts';
import { putImage } from '#test/support/registry/image.ts';
import { startRegistry, type TestRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { signBundle } from '#test/support/signer/sign-bundle.ts';
import { signSimple } from '#test/support/signer/sign-simple.ts';
import { putSignedImage, subjectOf, type TestImage } from '#test/support/signer/signed-image.ts';

const key = generateSignerKey();
const stranger = generateSignerKey();
let registry: TestRegistry;
let engine: TestEngine;
let signed: TestImage;
let verify: readonly Policy[];

beforeEach(async () => {
  registry = await startRegistry();
  engine = startEngine();
  signed = putSignedImage(registry, 'acme/app:v1', { key });
  verify = policiesFrom(verifyPolicy({ images: '*', keys: [key.publicKeyPem] }));
});
afterEach(async () => {
  await engine.close();
  await registry.close();
});

async function admit(
  images: readonly string[],
  policies: readonly Policy[] = verify,
  more: Partial<AdmitOptions> = {},
): Promise<Decision> {
  return engine.admit(requestFor(pod(images)), { policies, stage: 'mutate', pin: 'pods', ...more });
}

const OUTAGES: readonly [what: string, fault: Fault, message: RegExp, retry: boolean][] = [
  ['429', { kind: 'status', status: 429, headers: { 'retry-after': '7' } }, /429/, true],
  ['503', { kind: 'status', status: 503 }, /503/, true],
  ['a reset connection', { kind: 'reset' }, /127\.0\.0\.1/, true],
  ['401 without a challenge', { kind: 'status', status: 401 }, /401/, false],
  ['403', { kind: 'status', status: 403 }, /403/, false],
];

for (const [what, fault, message, retry] of OUTAGES) {
  for (const kind of ['manifest', 'referrers'] as const) {
    test(`MNH-32 ${what} for ${kind} requests is "could not find out", never "not signed"`, async () => {
      registry.addFault(fault, { when: (request) => request.kind === kind });
      const other = putSignedImage(registry, 'acme/other:v1', { key: stranger });
      const decision = await admit([other.reference]);
      assert.equal(decision.outcome, 'unknown', decision.message);
      assert.match(decision.message, /could not find out whether/);
      assert.match(decision.message, message);
      assert.doesNotMatch(decision.message, /no signatures found/);
      assert.equal(decision.retryAfterSeconds !== undefined, retry);
    });
  }
}

test('an image that could not be looked at makes the digest pattern unknown too, so that the client tries again', async () => {
  registry.addFault({ kind: 'status', status: 503 });
  const decision = await admit(
    [signed.reference],
    [...verify, ...policiesFrom(DIGEST_PATTERN_POLICY)],
  );
  assert.equal(decision.outcome, 'unknown');
  assert.match(
    decision.message,
    /^resource Pod\/prod\/web was blocked because the following policies could not be checked/,
  );
  assert.equal(decision.retryAfterSeconds, 1);
});

for (const kind of ['manifest', 'referrers'] as const) {
  test(`MNH-32 a web page in place of the ${kind} of a signature is "could not find out"`, async () => {
    const other = putSignedImage(registry, 'acme/other:v1', { key: stranger });
    registry.addFault(
      { kind: 'body', body: '{"html":1}', contentType: 'application/vnd.oci.image.index.v1+json' },
      { when: (request) => request.kind === kind && request.method === 'GET' },
    );
    const decision = await admit([other.reference]);
    assert.equal(decision.outcome, 'unknown', decision.message);
  });
}

test('MNH-26 a good signature counts although the other place cannot be looked at', async () => {
  registry.addFault({ kind: 'status', status: 503 }, { when: ({ kind }) => kind === 'referrers' });
  assert.equal((await admit([signed.reference])).allowed, true);
});

test('MNH-19 an answer with trouble in it is not kept', async () => {
  registry.addFault({ kind: 'status', status: 403 }, { when: ({ kind }) => kind === 'referrers' });
  const other = putSignedImage(registry, 'acme/other:v1', { key, format: 'bundle' });
  assert.equal((await admit([other.reference])).outcome, 'unknown');
  registry.clearFaults();
  assert.equal((await admit([other.reference])).allowed, true);
});

test('MNH-19 a policy with another key is not answered from what an earlier policy accepted', async () => {
  assert.equal((await admit([signed.reference])).allowed, true);
  const strict = policiesFrom(verifyPolicy({ images: '*', keys: [stranger.publicKeyPem] }));
  assert.equal((await admit([signed.reference], strict)).allowed, false);
  const annotated = policiesFrom(
    verifyPolicy({ images: '*', keys: [key.publicKeyPem], entry: ['annotations: { env: prod }'] }),
  );
  assert.equal((await admit([signed.reference], annotated)).allowed, false);
});

test('MNH-19 a moved tag is verified anew before it is pinned', async () => {
  assert.equal((await admit([signed.reference])).allowed, true);
  const moved = putImage(registry, 'acme/app', { tag: 'v1' });
  engine.clock.advance(60_000);
  const decision = await admit([signed.reference]);
  assert.equal(decision.allowed, false);
  assert.match(decision.message, new RegExp(moved.digest));
});

test('a tag inside its freshness window, and known evidence, cost no request', async () => {
  await admit([signed.reference]);
  registry.reset();
  for (let round = 0; round < 5; round += 1)
    assert.equal((await admit([signed.reference])).allowed, true);
  assert.deepEqual(registry.log(), []);
});

test('while the registry is down, a tag it named shortly before is still verified and pinned', async () => {
  await admit([signed.reference]);
  registry.addFault({ kind: 'reset' });
  engine.clock.advance(60_000);
  const decision = await admit([signed.reference]);
  assert.equal(decision.allowed, true, decision.message);
  engine.clock.advance(20 * 60_000);
  assert.equal((await admit([signed.reference])).outcome, 'unknown', 'not for ever');
});

test('an image that was signed a moment ago is accepted seconds after it was refused', async () => {
  const subject = subjectOf(registry, 'acme/late', putImage(registry, 'acme/late', { tag: 'v1' }));
  const reference = `${registry.host}/acme/late:v1`;
  assert.equal((await admit([reference])).outcome, 'denied');
  signBundle(registry, subject, key);
  engine.clock.advance(6_000);
  assert.equal((await admit([reference])).allowed, true);
});

test('twelve simultaneous requests for one cold image cost the registry no more than one', async () => {
  await Promise.all(Array.from({ length: 12 }, async () => admit([signed.reference])));
  assert.deepEqual(registry.log().toSorted(), [
    `GET manifest ${signed.digest.replace(':', '-')}.sig`,
    `GET referrers ${signed.digest}`,
    'HEAD manifest v1',
  ]);
});

test('a payload with annotations is fetched, a usual one is rebuilt', async () => {
  const annotated = putSignedImage(registry, 'acme/annotated:v1', { key, format: 'none' });
  signSimple(registry, annotated, key, { annotations: { env: 'prod' } });
  registry.reset();
  assert.equal((await admit([annotated.reference])).allowed, true);
  assert.equal(registry.count('blob'), 1);
  registry.reset();
  assert.equal((await admit([signed.reference])).allowed, true);
  assert.equal(registry.count('blob'), 0);
});

test('MNH-17 a request whose time is up is refused as unknown, at once', async () => {
  registry.addFault({ kind: 'hang' });
  const decision = await admit([signed.reference], verify, { signal: AbortSignal.timeout(50) });
  assert.equal(decision.outcome, 'unknown');
  assert.equal(decision.allowed, false);
});

test('MNH-17 an aborted request never counts as verified', async () => {
  await admit([signed.reference]);
  engine.clock.advance(60_000);
  const decision = await admit(
    [putSignedImage(registry, 'acme/new:v1', { key }).reference],
    verify,
    { signal: AbortSignal.abort() },
  );
  assert.equal(decision.allowed, false);
});

const HOSTILE: readonly [what: string, spoil: () => void][] = [
  ['a foreign signature', () => signBundle(registry, signed, stranger)],
  [
    'an attestation',
    () => signBundle(registry, signed, key, { predicateType: 'https://slsa.dev/provenance/v1' }),
  ],
  [
    'a bundle that is no bundle',
    () => signBundle(registry, signed, key, { tamper: () => ({ mediaType: 'x' }) }),
  ],
  [
    'a bundle that is no JSON object',
    () => signBundle(registry, signed, key, { tamper: () => 'text' }),
  ],
  [
    'a bundle above the size limit',
    () =>
      signBundle(registry, signed, key, {
        tamper: (bundle) => ({ ...bundle, more: 'x'.repeat(2_000_000) }),
      }),
  ],
  [
    'a signature tag that is broken JSON',
    () =>
      registry.putManifest('acme/app', `${signed.digest.replace(':', '-')}.sig`, {
        bytes: '{',
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
      }),
  ],
];

for (const [what, spoil] of HOSTILE) {
  test(`MNH-26 ${what} beside a good bundle does not hide it`, async () => {
    signBundle(registry, signed, key);
    spoil();
    assert.equal((await admit([signed.reference])).allowed, true);
  });
}

test('MNH-33 what is there in a format that is not read is told', async () => {
  const bundles = policiesFrom(
    verifyPolicy({ images: '*', keys: [key.publicKeyPem], entry: ['type: SigstoreBundle'] }),
  );
  const decision = await admit([signed.reference], bundles);
  assert.equal(decision.outcome, 'denied');
  assert.match(
    decision.message,
    /found: a cosign signature in 127\.0\.0\.1:\d+\/acme\/app \(signature-tag\)/,
  );
});

test('MNH-33 an attestation without a signature is told', async () => {
  const attested = putSignedImage(registry, 'acme/attested:v1', { key, format: 'none' });
  signBundle(registry, attested, key, { predicateType: 'https://slsa.dev/provenance/v1' });
  const decision = await admit([attested.reference]);
  assert.match(
    decision.message,
    /is an attestation of type https:\/\/slsa\.dev\/provenance\/v1, not a signature/,
  );
});

test('signatures in another repository are found where the policy names it', async () => {
  const image = putSignedImage(registry, 'acme/elsewhere:v1', { key, format: 'none' });
  signSimple(registry, image, key, { storeIn: 'signatures/all' });
  assert.equal((await admit([image.reference])).allowed, false);
  const policy = policiesFrom(
    verifyPolicy({
      images: '*',
      keys: [key.publicKeyPem],
      entry: [`repository: ${registry.host}/signatures/all`],
    }),
  );
  assert.equal((await admit([image.reference], policy)).allowed, true);
});

for (const referrersApi of [true, false]) {
  test(`bundles are found by the ${referrersApi ? 'referrers API' : 'fallback tag'}`, async () => {
    registry.behaviour.referrersApi = referrersApi;
    const image = putSignedImage(registry, 'acme/bundled:v1', {
      key,
      format: referrersApi ? 'bundle' : 'none',
    });
    if (!referrersApi)
      registry.tag('acme/bundled', image.digest.replace(':', '-'), putFallbackIndex(image));
    const decision = await admit([image.reference]);
    assert.equal(decision.allowed, true, decision.message);
  });
}

/** As cosign 3 writes it: the descriptor's artifactType is the empty config's, there are no annotations. */
function putFallbackIndex(image: TestImage): ReturnType<TestRegistry['putManifest']> {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const artifactType = 'application/vnd.oci.empty.v1+json';
  const manifests = [{ ...signBundle(registry, image, key), artifactType }];
  return registry.putManifest(image.repository, undefined, {
    bytes: JSON.stringify({ schemaVersion: 2, mediaType, manifests }),
    mediaType,
  });
}

test('audit admits with a warning and pins nothing unverified; failurePolicy Ignore forgives an outage where nothing demands a digest', async () => {
  const audit = policiesFrom(
    verifyPolicy({
      images: '*',
      keys: [stranger.publicKeyPem],
      action: 'Audit',
      entry: ['mutateDigest: true'],
    }),
  );
  const decision = await admit([signed.reference], audit);
  assert.equal(decision.allowed, true);
  assert.deepEqual(decision.patch, []);
  assert.match(
    decision.warnings[0] ?? '',
    /^policy verify-images\.check-signature: failed to verify image/,
  );

  const lenient = { images: '*', keys: [key.publicKeyPem], spec: ['failurePolicy: Ignore'] };
  registry.addFault({ kind: 'reset' });
  const unseen = `${registry.host}/acme/unseen:v1`;
  const forgiven = policiesFrom(
    verifyPolicy({ ...lenient, entry: ['required: false', 'verifyDigest: false'] }),
  );
  assert.equal((await admit([unseen], forgiven)).allowed, true);
  assert.equal((await admit([unseen], policiesFrom(verifyPolicy(lenient)))).allowed, false);
});

test('skipImageReferences exempts, still pins, and still wants a digest', async () => {
  const image = putSignedImage(registry, 'acme/exempt:v1', { key, format: 'none' });
  const policy = policiesFrom(
    verifyPolicy({
      images: '*',
      keys: [key.publicKeyPem],
      entry: [`skipImageReferences: ["${registry.host}/acme/exempt*"]`],
    }),
  );
  const decision = await admit([image.reference], policy);
  assert.equal(decision.allowed, true, decision.message);
  assert.deepEqual(patchedImages(decision), [image.pinned]);
  assert.match(
    (await admit([image.reference], policy, { stage: 'validate' })).message,
    /missing digest for/,
  );
});
