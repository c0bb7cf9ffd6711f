import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discoverAttestations } from '#shared/signature/discover-attestations.ts';
import { discoverSignatures } from '#shared/signature/discover-signatures.ts';
import { ByteSlab } from '#shared/base/byte-slab.ts';
import { retainEntity } from '#shared/signature/retain-entity.ts';
import type { SignatureSearch } from '#shared/signature/signature-search.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import {
  type LegacyLayer,
  legacyAttestation,
  legacySignature,
} from '#test/support/sigstore/legacy-layer.ts';
import {
  storeAttestations,
  storeBundle,
  storeSignatures,
} from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import { createImage, type Image } from '#test/support/tampering/discovered.ts';

const sigstore = createVirtualSigstore();
const { rekor, tsa, time: at } = sigstore;
const signer = keySigner();
const SLSA = 'https://slsa.dev/provenance/v1';

function searchOf({ memory, subject }: Image): SignatureSearch {
  const repository = memory.repository(subject.repository);
  const { digest } = subject;
  return { registry: memory.registry, repository, imageRepository: repository, digest };
}

const predicate = (bytes: number): string => 'x'.repeat(bytes);

test('discoverSignatures() leaves bundles that are too large for a signature to attestations', async () => {
  const image = createImage();
  const large = statementBundle(
    image.subject.digest,
    { signer, at },
    { predicateType: SLSA, predicate: predicate(300_000) },
  );
  storeBundle(image.memory, image.subject, { bundle: large });
  storeBundle(image.memory, image.subject, {
    bundle: statementBundle(image.subject.digest, { signer, at }),
  });
  const search = searchOf(image);
  const signatures = await discoverSignatures(search, {});
  assert.equal(signatures.entities.length, 1);
  assert.match(signatures.oddities[0]?.message ?? '', /^has \d+ bytes, which is not read here/);
  const attestations = await discoverAttestations(search, { predicateTypes: new Set([SLSA]) });
  assert.equal(attestations.entities.length, 2);
});

test('discoverAttestations() reads .att layers with certificate, log entry and timestamp', async () => {
  const image = createImage();
  const keyless = sigstore.keyless();
  const request = { signer: keyless, at, logs: [rekor.entry()], timestamps: [tsa.stamp()] };
  const layer = legacyAttestation(image.subject, request, { predicateType: SLSA });
  storeAttestations(image.memory, image.subject, { layers: [layer] });
  const { entities, oddities } = await discoverAttestations(searchOf(image), {
    predicateTypes: new Set(),
  });
  assert.deepEqual(oddities, []);
  const [entity] = entities;
  assert.equal(entity?.kind, 'dsse');
  assert.equal(entity.format, 'cosign-attestation');
  assert.equal(entity.source.place, 'attestation-tag');
  assert.equal(
    entity.signer.kind === 'certificate' && entity.signer.chain.length,
    keyless.chain.length,
  );
  assert.equal(entity.time.logEntries.length, 1);
  assert.equal(entity.time.timestamps.length, 1);
  assert.deepEqual(entity.envelope, layer.blob);
});

test('discoverAttestations() reads what the policy asks for first, and says what it left out', async () => {
  const image = createImage();
  const layers = Array.from({ length: 70 }, (_, index) =>
    legacyAttestation(
      image.subject,
      { signer, at },
      { predicateType: index === 69 ? SLSA : 'https://acme.example/other', predicate: index },
    ),
  );
  storeAttestations(image.memory, image.subject, { layers });
  const { entities, oddities } = await discoverAttestations(searchOf(image), {
    predicateTypes: new Set([SLSA]),
  });
  assert.equal(entities.length, 64);
  const [first] = entities;
  assert.match(first?.kind === 'dsse' ? first.payload.toString() : '', /slsa/);
  assert.match(oddities.map(({ message }) => message).join(), /6 attestations were not read/);
});

const DAMAGED: readonly [
  what: string,
  damage: (layer: LegacyLayer) => LegacyLayer,
  says: RegExp,
][] = [
  [
    'an envelope that is not JSON',
    (layer) => ({ ...layer, blob: Buffer.from('{') }),
    /envelope cannot be read/,
  ],
  [
    'an envelope without signatures',
    (layer) => ({ ...layer, blob: Buffer.from('{"payload":"","payloadType":"","signatures":[]}') }),
    /has 0 signatures/,
  ],
  [
    'an envelope whose payload is not base64',
    (layer) => ({
      ...layer,
      blob: Buffer.from('{"payload":"!","payloadType":"","signatures":[{"sig":"AAAA"}]}'),
    }),
    /no base64 payload/,
  ],
  [
    'a certificate that is not PEM',
    (layer) => ({
      ...layer,
      annotations: { ...layer.annotations, 'dev.sigstore.cosign/certificate': 'x' },
    }),
    /holds no PEM certificate/,
  ],
];

for (const [what, damage, says] of DAMAGED) {
  test(`MNH-26 discoverAttestations() tells of ${what}, and finds the good one beside it`, async () => {
    const image = createImage();
    const good = legacyAttestation(image.subject, { signer, at }, { predicateType: SLSA });
    storeAttestations(image.memory, image.subject, { layers: [damage(good), good] });
    const { entities, oddities } = await discoverAttestations(searchOf(image), {
      predicateTypes: new Set(),
    });
    assert.equal(entities.length, 1);
    assert.match(oddities[0]?.message ?? '', says);
  });
}

test('a damaged log entry or timestamp is noted, and the signature is still there', async () => {
  const image = createImage();
  const layer = legacySignature(image.subject, { signer, at });
  const annotations = {
    ...layer.annotations,
    'dev.sigstore.cosign/bundle': '{"Payload":{}}',
    'dev.sigstore.cosign/rfc3161timestamp': '{"SignedRFC3161Timestamp":"!"}',
  };
  storeSignatures(image.memory, image.subject, { layers: [{ ...layer, annotations }] });
  const { entities } = await discoverSignatures(searchOf(image), {});
  assert.deepEqual(
    entities[0]?.time.unreadable.map((line) => line.replace(/^annotation \S+: /, '')),
    ['log entry has no body', 'SignedRFC3161Timestamp is missing or not base64'],
  );
});

test('retainEntity() keeps every byte, beside its own kind only', async () => {
  const image = createImage();
  const request = {
    signer: sigstore.keyless(),
    at,
    logs: [rekor.entry()],
    timestamps: [tsa.stamp()],
  };
  storeBundle(image.memory, image.subject, {
    bundle: statementBundle(image.subject.digest, request),
  });
  storeSignatures(image.memory, image.subject, {
    layers: [legacySignature(image.subject, request)],
  });
  const { entities } = await discoverSignatures(searchOf(image), {});
  assert.equal(entities.length, 2);
  const slab = new ByteSlab();
  for (const entity of entities) {
    const kept = retainEntity(entity, slab);
    assert.deepEqual(kept, entity);
    assert.notEqual(kept.signature.buffer, entity.signature.buffer);
    assert.equal(kept.signature.buffer, slab.keep(Buffer.alloc(0)).buffer);
  }
});
