import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '#shared/base/digest.ts';
import { discoverNotation } from '#shared/notation/discover-notation.ts';
import {
  discoverNotationAttestations,
  fetchNotationPredicate,
} from '#shared/notation/discover-notation-attestations.ts';
import { verifyNotation } from '#shared/notation/verify-notation.ts';
import type { Descriptor } from '#shared/registry/registry.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';
import { ListingRegistry } from '#test/support/notation/listing-registry.ts';
import { signNotation, TARGET } from '#test/support/notation/notation-signer.ts';
import { makeNotationWorld, requestFor } from '#test/support/notation/notation-world.ts';

const world = makeNotationWorld();
const [, , root] = world.chain;
assert.ok(root !== undefined);

const repository = { registry: 'registry.test', path: 'app' };
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const SIGNATURE = 'application/vnd.cncf.notary.signature';
const SBOM = 'sbom/cyclone-dx';

interface PutOptions {
  readonly subject?: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;
  readonly artifactType?: string | undefined;
  readonly configType?: string;
  readonly layerType?: string;
  readonly blobs?: readonly Buffer[];
  readonly listed?: { readonly as?: string | undefined; readonly under?: string };
}

function put(registry: ListingRegistry, blob: Buffer, options: PutOptions = {}): Descriptor {
  const { subject = TARGET, configType = EMPTY, layerType = 'application/jose+json' } = options;
  const artifactType = 'artifactType' in options ? options.artifactType : SIGNATURE;
  const manifest = {
    mediaType: MANIFEST,
    ...(artifactType === undefined ? {} : { artifactType }),
    config: { mediaType: configType, digest: registry.putBlob(Buffer.from('{}')), size: 2 },
    layers: (options.blobs ?? [blob]).map((bytes) => ({
      mediaType: layerType,
      digest: registry.putBlob(bytes),
      size: bytes.length,
    })),
    subject,
  };
  return registry.putManifest(manifest, options.listed);
}

const signature = signNotation('jws', world.chain);

const LAYOUTS: readonly [what: string, options: PutOptions][] = [
  ['with an artifact type', {}],
  ['with the type in its config', { artifactType: undefined, configType: SIGNATURE }],
  ['listed without a type', { listed: { as: undefined } }],
  ['listed by its empty config', { listed: { as: EMPTY } }],
  ['as COSE', { layerType: 'application/cose', blobs: [signNotation('cose', world.chain)] }],
];

for (const [what, options] of LAYOUTS)
  test(`discoverNotation() finds a signature ${what}`, async () => {
    const registry = new ListingRegistry();
    const { digest } = put(registry, signature, options);
    const search = { registry, repository, digest: TARGET.digest };
    const { items, oddities, problems } = await discoverNotation(search, {});
    assert.deepEqual([oddities, problems], [[], []]);
    assert.equal(items.length, 1);
    assert.deepEqual(items[0]?.source, {
      place: 'referrers-api',
      repository: 'registry.test/app',
      manifestDigest: digest,
    });
    const verdict = await verifyNotation(items, requestFor({ ca: root }));
    assert.equal(verdict.kind === 'judged' && verdict.signatures[0]?.outcome.kind, 'accepted');
  });

const FOREIGN: readonly [what: string, options: PutOptions, oddity: RegExp | undefined][] = [
  ['another artifact', { artifactType: SBOM }, undefined],
  [
    'another artifact listed as signature',
    { artifactType: SBOM, listed: { as: SIGNATURE } },
    undefined,
  ],
  ['two envelopes in one', { blobs: [signature, signature] }, /has 2 layers, expected 1/],
  ['no envelope', { blobs: [] }, /has 0 layers/],
  ['an envelope of another type', { layerType: 'text/plain' }, /"text\/plain" is not read here/],
  ['an envelope that is too large', { blobs: [Buffer.alloc(200_000)] }, /too large/],
];

for (const [what, options, oddity] of FOREIGN)
  test(`MNH-26 discoverNotation() finds the signature beside ${what}`, async () => {
    const registry = new ListingRegistry();
    registry.source = 'fallback-tag';
    put(registry, signature, options);
    put(registry, signature);
    const { items, oddities, problems } = await discoverNotation(
      { registry, repository, digest: TARGET.digest },
      {},
    );
    assert.equal(items.length, 1);
    assert.equal(items[0]?.source.place, 'fallback-tag');
    assert.deepEqual(problems, []);
    assert.equal(oddities.length, oddity === undefined ? 0 : 1);
    if (oddity !== undefined) assert.match(oddities[0]?.message ?? '', oddity);
  });

test('MNH-32 discoverNotation() tells a registry in trouble from an image without signatures', async () => {
  const registry = new ListingRegistry();
  const search = { registry, repository, digest: TARGET.digest };
  assert.deepEqual(await discoverNotation(search, {}), { items: [], oddities: [], problems: [] });
  const { digest } = put(registry, signature);
  put(registry, signNotation('jws', world.strangers));
  registry.troubles.set(digest, new RegistryError('RATE_LIMITED', 'Cannot read: slow down'));
  const partly = await discoverNotation(search, {});
  assert.equal(partly.items.length, 1);
  assert.deepEqual(
    partly.problems.map(({ code }) => code),
    ['RATE_LIMITED'],
  );
  registry.troubles.set(`referrers:${TARGET.digest}`, new RegistryError('UNREACHABLE', 'Cannot'));
  const nothing = await discoverNotation(search, {});
  assert.equal(nothing.problems[0]?.code, 'UNREACHABLE');
});

test('discoverNotation() reads a bounded number of signatures, those that say so first', async () => {
  const registry = new ListingRegistry();
  for (let count = 0; count < 40; count += 1)
    put(registry, Buffer.from(`${count}`), { listed: { as: EMPTY } });
  const { digest } = put(registry, signature);
  const { items, oddities } = await discoverNotation(
    { registry, repository, digest: TARGET.digest },
    {},
  );
  assert.equal(items.length, 32);
  assert.equal(items[0]?.source.manifestDigest, digest);
  assert.match(oddities[0]?.message ?? '', /more than 32 signatures/);
});

const PREDICATE = Buffer.from('{"components":[]}');

function putAttestation(registry: ListingRegistry, options: PutOptions = {}): Descriptor {
  return put(registry, PREDICATE, {
    artifactType: SBOM,
    layerType: 'application/json',
    ...options,
  });
}

function attestations(
  registry: ListingRegistry,
  type = SBOM,
): ReturnType<typeof discoverNotationAttestations> {
  return discoverNotationAttestations({ registry, repository, digest: TARGET.digest }, type, {});
}

test('discoverNotationAttestations() finds a signed artifact of the type, and what it says', async () => {
  const registry = new ListingRegistry();
  const artifact = putAttestation(registry);
  const { mediaType, digest, size } = artifact;
  const target = { mediaType, digest, size };
  put(registry, signNotation('jws', world.chain, { target }), { subject: target });
  putAttestation(registry, { artifactType: 'vuln/scan' });
  const { items, oddities } = await attestations(registry);
  assert.deepEqual(oddities, []);
  const [attestation] = items;
  assert.ok(attestation !== undefined && items.length === 1);
  assert.deepEqual(attestation.target, target);
  const request = requestFor({ ca: root }, { target: attestation.target });
  const verdict = await verifyNotation(attestation.signatures.items, request);
  assert.equal(verdict.kind === 'judged' && verdict.signatures[0]?.outcome.kind, 'accepted');
  assert.ok(!registry.fetched.includes(attestation.predicate.digest), 'read before it is trusted');
  const search = { registry, repository, digest: TARGET.digest };
  assert.deepEqual(await fetchNotationPredicate(search, attestation, {}), {
    value: { components: [] },
  });
});

test('MNH-15 a signature of the image does not count for its attestations', async () => {
  const registry = new ListingRegistry();
  const { digest } = putAttestation(registry);
  put(registry, signature);
  put(registry, signature, { listed: { as: SIGNATURE, under: digest } });
  const [attestation] = (await attestations(registry)).items;
  assert.ok(attestation !== undefined);
  assert.equal(attestation.signatures.items.length, 1);
  const request = requestFor({ ca: root }, { target: attestation.target });
  const verdict = await verifyNotation(attestation.signatures.items, request);
  const outcome = verdict.kind === 'judged' ? verdict.signatures[0]?.outcome : undefined;
  assert.equal(outcome?.kind === 'refused' && outcome.failure.reason, 'WRONG_TARGET');
});

test('MNH-15 an attestation about another image, or of another type, is none of this one', async () => {
  const registry = new ListingRegistry();
  const other = { ...TARGET, digest: `sha256:${'0'.repeat(64)}` as Digest };
  putAttestation(registry, { subject: other, listed: { as: SBOM, under: TARGET.digest } });
  putAttestation(registry, { artifactType: 'vuln/scan', listed: { as: SBOM } });
  const { items, oddities } = await attestations(registry);
  assert.deepEqual(items, []);
  assert.deepEqual(
    oddities.map(({ message }) => message),
    [`attestation is about ${other.digest}`],
  );
});

for (const [what, blobs, message] of [
  ['two layers', [PREDICATE, PREDICATE], /has 2 layers, expected 1/],
  ['no layer', [], /has 0 layers/],
] as const)
  test(`discoverNotationAttestations() tells of an attestation with ${what}`, async () => {
    const registry = new ListingRegistry();
    putAttestation(registry, { blobs });
    const { items, oddities } = await attestations(registry);
    assert.deepEqual(items, []);
    assert.match(oddities[0]?.message ?? '', message);
  });

for (const [what, bytes, message] of [
  ['no JSON', Buffer.from('{'), /not well-formed/],
  ['one key twice', Buffer.from('{"a":1,"a":2}'), /occurs twice/],
  ['deep nesting', Buffer.from('['.repeat(100) + ']'.repeat(100)), /nested deeper/],
  ['no text', Buffer.from('22ff22', 'hex'), /not UTF-8/],
] as const)
  test(`fetchNotationPredicate() says what is wrong with a predicate of ${what}`, async () => {
    const registry = new ListingRegistry();
    putAttestation(registry, { blobs: [bytes] });
    const [attestation] = (await attestations(registry)).items;
    assert.ok(attestation !== undefined);
    const search = { registry, repository, digest: TARGET.digest };
    const result = await fetchNotationPredicate(search, attestation, {});
    assert.ok(typeof result === 'string');
    assert.match(result, message);
  });
