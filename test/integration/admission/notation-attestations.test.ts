import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { NotationAttestor, VerifyImagesEntry } from '#shared/policy/model.ts';
import { makeSigner } from '#test/support/notation/certificate-maker.ts';
import {
  entryOf,
  notationAttestor,
  startVerifier,
} from '#test/support/notation/notation-engine.ts';
import { FORMATS } from '#test/support/notation/notation-signer.ts';
import { makeNotationWorld, type StatementOptions } from '#test/support/notation/notation-world.ts';
import { putAttestation, putNotation } from '#test/support/notation/put-notation.ts';
import type { RecordedRequest } from '#test/support/registry/recorded-request.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage, type TestImage } from '#test/support/signer/signed-image.ts';
import { statementsOf } from '#test/support/verification/statements-of.ts';

const { chain, strangers } = makeNotationWorld();
const [, intermediate, root] = chain;
assert.ok(intermediate && root);

const registry = await startRegistry();
const engine = startVerifier();
after(async () => {
  await engine.close();
  await registry.close();
});

const TRUSTED: StatementOptions = { ca: root };
const SBOM = 'application/vnd.cyclonedx+json';
const SCAN = 'application/sarif+json';
const key = generateSignerKey();
let images = 0;

function image(): TestImage {
  images += 1;
  return putSignedImage(registry, `acme/attested${images}:v1`, { key, format: 'none' });
}

/** Wants attestations of a type by the signer of the test, and nothing else. */
function wants(
  type: string,
  attestors: readonly NotationAttestor[] = [notationAttestor(TRUSTED)],
  count: number | 'all' = 'all',
): VerifyImagesEntry {
  const path = 'spec.attestations[0]';
  return entryOf([], {
    attestors: [],
    attestations: [
      {
        path,
        name: undefined,
        predicateType: type,
        attestors: [{ path: `${path}.attestors[0]`, count, entries: attestors }],
      },
    ],
  });
}

for (const format of FORMATS)
  test(`what a signed attestation says reaches conditions (${format})`, async () => {
    const made = image();
    const sbom = putAttestation(registry, made, { type: SBOM, text: '{"bomFormat":"CycloneDX"}' });
    putNotation(registry, sbom, chain, { format });
    const verdict = await engine.verify(made.reference, wants(SBOM));
    assert.equal(verdict.kind, 'pass', JSON.stringify(verdict));
    assert.equal(verdict.digest, made.digest);
    assert.deepEqual(statementsOf(verdict), [
      { predicateType: SBOM, predicate: { bomFormat: 'CycloneDX' } },
    ]);
    assert.equal(verdict.signatures[0]?.format, `notation-${format}`);
    assert.equal(verdict.signatures[0].predicateType, SBOM);
    registry.reset();
    assert.equal((await engine.verify(made.reference, wants(SBOM))).kind, 'pass');
    assert.deepEqual(registry.requests, [], 'the second time nothing is asked');
  });

test('all statements of the type that somebody trusted signed are given, and no other', async () => {
  const made = image();
  for (const [text, signers] of [
    ['1', chain],
    ['2', chain],
    ['3', strangers],
    ['4', []],
  ] as const) {
    const scan = putAttestation(registry, made, { type: SCAN, text });
    if (signers.length > 0) putNotation(registry, scan, signers);
  }
  const sbom = putAttestation(registry, made, { type: SBOM, text: '5' });
  putNotation(registry, sbom, chain);
  const verdict = await engine.verify(made.reference, wants(SCAN));
  assert.equal(verdict.kind, 'pass', JSON.stringify(verdict));
  const said = statementsOf(verdict).map(({ predicate }) => predicate);
  assert.deepEqual(new Set(said), new Set([1, 2]));
});

test('a threshold counts the signers of one attestation, its statement is one', async () => {
  const made = image();
  const sbom = putAttestation(registry, made, { type: SBOM, text: '{}' });
  putNotation(registry, sbom, chain);
  const attestors = [0, 1].map(() => notationAttestor(TRUSTED));
  assert.equal((await engine.verify(made.reference, wants(SBOM, attestors, 2))).kind, 'fail');
  const other = image();
  const both = putAttestation(registry, other, { type: SBOM, text: '{}' });
  putNotation(registry, both, chain);
  putNotation(registry, both, [makeSigner(intermediate), intermediate, root]);
  const verdict = await engine.verify(other.reference, wants(SBOM, attestors, 2));
  assert.equal(verdict.kind, 'pass', JSON.stringify(verdict));
  assert.equal(statementsOf(verdict).length, 1);
});

const REFUSED: readonly (readonly [what: string, prepare: (made: TestImage) => void, RegExp])[] = [
  ['without any', () => undefined, /no attestations found for predicate type/],
  [
    'that nobody signed',
    (made) => void putAttestation(registry, made, { type: SBOM, text: '{}' }),
    /attestation sha256:\S+ is not signed/,
  ],
  [
    'that a stranger signed',
    (made) => {
      const sbom = putAttestation(registry, made, { type: SBOM, text: '{}' });
      putNotation(registry, sbom, strangers);
    },
    /is not issued by a trusted authority/,
  ],
  [
    'that is no JSON',
    (made) => {
      const sbom = putAttestation(registry, made, { type: SBOM, text: '{' });
      putNotation(registry, sbom, chain);
    },
    /attestation cannot be read/,
  ],
  [
    'MNH-15 while only the image is signed',
    (made) => {
      putNotation(registry, made, chain);
      putAttestation(registry, made, { type: SBOM, text: '{}' });
    },
    /is not signed/,
  ],
  [
    'MNH-02 whose signature is for another attestation',
    (made) => {
      const other = putAttestation(registry, made, { type: SCAN, text: '{}' });
      const sbom = putAttestation(registry, made, { type: SBOM, text: '{}' });
      const { mediaType, digest, size } = other;
      putNotation(registry, sbom, chain, { target: { mediaType, digest, size } });
    },
    /the signature is for sha256:/,
  ],
];

for (const [what, prepare, message] of REFUSED)
  test(`an image is refused that has an attestation ${what}`, async () => {
    const made = image();
    prepare(made);
    const verdict = await engine.verify(made.reference, wants(SBOM));
    assert.equal(verdict.kind, 'fail', JSON.stringify(verdict));
    assert.match(verdict.message, message);
  });

test('MNH-15 a signed attestation is no signature of its image', async () => {
  const made = image();
  const sbom = putAttestation(registry, made, { type: SBOM, text: '{}' });
  putNotation(registry, sbom, chain);
  const verdict = await engine.verify(made.reference, entryOf([notationAttestor(TRUSTED)]));
  assert.equal(verdict.kind, 'fail', JSON.stringify(verdict));
});

test('MNH-32 an attestation whose signature nobody can look at leaves the answer open', async () => {
  const made = image();
  const sbom = putAttestation(registry, made, { type: SBOM, text: '{}' });
  putNotation(registry, sbom, chain);
  const when = ({ url }: RecordedRequest): boolean => url.href.endsWith(`referrers/${sbom.digest}`);
  registry.addFault({ kind: 'status', status: 503 }, { when });
  const verdict = await engine.verify(made.reference, wants(SBOM));
  registry.clearFaults();
  assert.equal(verdict.kind, 'error', JSON.stringify(verdict));
  assert.equal((await engine.verify(made.reference, wants(SBOM))).kind, 'pass');
});
