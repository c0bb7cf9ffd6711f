import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { systemClock } from '#shared/base/clock.ts';
import { parseReference } from '#shared/image/reference.ts';
import type { VerifyImagesEntry } from '#shared/policy/model.ts';
import type { Registry } from '#shared/registry/registry.ts';
import { verifyPrehashed } from '#shared/verification/ed25519-prehashed.ts';
import { hashOf } from '#shared/verification/known-digests.ts';
import { ImageVerifier } from '#shared/verification/image-verifier.ts';
import type { Verdict } from '#shared/verification/verdict.ts';
import { MEMORY_HOST } from '#test/support/signer/memory-registry.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { legacyAttestation } from '#test/support/sigstore/legacy-layer.ts';
import type { Signer } from '#test/support/sigstore/signer.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import {
  type Artifact,
  attach,
  createImage,
  type Image,
} from '#test/support/tampering/discovered.ts';
import { keyAttestor, trustMaterialOf } from '#test/support/tampering/judge-image.ts';
import { statementsOf } from '#test/support/verification/statements-of.ts';

const sigstore = createVirtualSigstore();
const { rekor, tsa, time: at } = sigstore;
const material = trustMaterialOf(sigstore.trustedRoot());
const predicateType = 'https://spdx.dev/Document';

/** Above every length from which on work is done in turns or aside. */
const predicate = {
  packages: Array.from({ length: 12_000 }, (_, index) => ({
    name: `p${index}`,
    id: 'x'.repeat(20),
  })),
};

const signers: Readonly<Record<string, Signer>> = {
  'ECDSA P-256': keySigner(),
  'ECDSA P-384': keySigner('ecdsa-p384'),
  RSA: keySigner('rsa-2048'),
  'RSA-PSS': keySigner('rsa-2048', { scheme: 'pss' }),
  Ed25519: keySigner('ed25519'),
  'pre-hashed Ed25519': keySigner('ed25519', { scheme: 'prehashed' }),
};

type Make = (image: Image, signer: Signer, more?: object) => Artifact;

const FORMS: Readonly<Record<string, Make>> = {
  '.att layer': ({ subject }, signer, more = {}) => {
    const request = { signer, at, logs: [rekor.entry()], timestamps: [tsa.stamp()] };
    const layer = legacyAttestation(subject, request, { predicateType, predicate, ...more });
    return { kind: 'layer', layer };
  },
  bundle: ({ subject }, signer, more = {}) => {
    const request = { signer, at, logs: [rekor.entry()] };
    const options = { predicateType, predicate, ...more };
    return { kind: 'bundle', bundle: statementBundle(subject.digest, request, options) };
  },
};

async function verify({ memory, subject }: Image, signer: Signer): Promise<Verdict> {
  const verifier = new ImageVerifier({ clock: systemClock, trustRoots: { get: () => material } });
  const reference = parseReference(`${MEMORY_HOST}/${subject.repository}@${subject.digest}`);
  const set = { path: 'set', count: 'all', entries: [keyAttestor(signer.key)] } as const;
  const entry: VerifyImagesEntry = {
    path: 'entry',
    imageReferences: ['*'],
    skipImageReferences: [],
    attestors: [],
    attestations: [{ path: 'attestation', name: undefined, predicateType, attestors: [set] }],
    formats: 'any',
    mutateDigest: true,
    verifyDigest: true,
    required: true,
  };
  return verifier.verify(
    { reference, digest: subject.digest, registry: memory.registry },
    entry,
    undefined,
  );
}

for (const [form, make] of Object.entries(FORMS)) {
  for (const [name, signer] of Object.entries(signers)) {
    test(`a long attestation in a ${form}, signed with ${name}, is verified and read whole`, async () => {
      const image = createImage();
      attach(image, make(image, signer));
      const verdict = await verify(image, signer);
      assert.deepEqual(statementsOf(verdict), [{ predicateType, predicate }]);
    });
  }

  test(`MNH-15 a long attestation in a ${form} is refused for another signer, digest or type`, async () => {
    const signer = keySigner();
    const other = [{ digest: { sha256: 'a'.repeat(64) } }];
    const cases: readonly (readonly [object, Signer, RegExp])[] = [
      [{}, keySigner(), /was not made by key/],
      [{ subjects: other }, signer, /is for sha256:aaaa/],
      [
        { predicateType: 'https://example.com/other' },
        signer,
        /statement is of type https:\/\/example\.com\/other/,
      ],
      [{ type: 'https://example.com/Statement' }, signer, /is not in-toto/],
    ];
    for (const [more, wanted, message] of cases) {
      const image = createImage();
      attach(image, make(image, signer, more));
      const verdict = await verify(image, wanted);
      assert.equal(verdict.kind, 'fail');
      assert.match(verdict.message, message);
    }
  });
}

test('a long attestation that does not satisfy is fetched once, not again for the explanation', async () => {
  const image = createImage();
  const bundle = FORMS['bundle'];
  assert.ok(bundle);
  attach(image, bundle(image, keySigner()));
  let fetched = 0;
  const registry: Registry = {
    ...image.memory.registry,
    blob: (...asked) => {
      fetched += 1;
      return image.memory.registry.blob(...asked);
    },
  };
  const memory = { ...image.memory, registry };
  assert.equal((await verify({ ...image, memory }, keySigner())).kind, 'fail');
  assert.equal(fetched, 1);
});

test('MNH-26 a hostile statement of megabytes leaves others their turn', async () => {
  const image = createImage();
  const hostile = Array.from({ length: 300_000 }, () => [[]]);
  const bundle = FORMS['bundle'];
  assert.ok(bundle);
  attach(image, bundle(image, keySigner(), { predicate: hostile }));
  const done = new AbortController();
  let turns = 0;
  const others = async (): Promise<void> => {
    while (!done.signal.aborted) {
      await setImmediate();
      turns += 1;
    }
  };
  const verifying = verify(image, keySigner()).finally(() => done.abort());
  const [verdict] = await Promise.all([verifying, others()]);
  assert.equal(verdict.kind, 'fail');
  assert.ok(turns > 5, `${turns} turns`);
});

test('verifyPrehashed: agrees with another implementation of RFC 8032, also on altered signatures', () => {
  const { secretKey, publicKey } = ed25519ph.keygen();
  for (const length of [0, 1, 127, 128, 100_000]) {
    const data = Buffer.alloc(length, 7);
    const signature = Buffer.from(ed25519ph.sign(data, secretKey));
    const altered = Buffer.from(signature);
    altered[length % 64] = (altered[length % 64] ?? 0) ^ 1;
    for (const [made, expected] of [
      [signature, true],
      [altered, false],
    ] as const) {
      const digest = hashOf(data, 'sha512');
      assert.equal(verifyPrehashed(digest, made, Buffer.from(publicKey)), expected);
    }
  }
});
