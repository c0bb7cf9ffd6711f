import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Verdict } from '#shared/verification/verdict.ts';
import { fixtureNames, loadFixture, pushFixture } from '#test/fixture/cosign/load-fixture.ts';
import type { CosignFixture } from '#test/fixture/cosign/load-fixture.ts';
import { verifyImage } from '#test/interop/verify-image.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import type { TestRegistry } from '#test/support/registry/test-registry.ts';

const names = await fixtureNames();
const fixtures = await Promise.all(names.map(loadFixture));
const signed = fixtures.filter(({ content }) => content.endsWith('-signature'));
const attested = fixtures.filter(({ content }) => content.endsWith('-attestation'));

test('MNH-22 fixtures of each format and each key type are there', () => {
  const seen = new Set(
    signed.flatMap(({ content, keys }) => keys.map(({ algorithm }) => `${content} ${algorithm}`)),
  );
  for (const algorithm of ['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa-2048', 'ed25519ph']) {
    assert.ok(seen.has(`legacy-signature ${algorithm}`), algorithm);
    assert.ok(seen.has(`bundle-signature ${algorithm}`), algorithm);
  }
  assert.ok(seen.has('legacy-signature ed25519'));
  assert.equal(attested.length, 2);
});

for (const referrersApi of [true, false]) {
  describe(`a registry ${referrersApi ? 'with' : 'without'} referrers API`, () => {
    let registry: TestRegistry;

    before(async () => {
      registry = await startRegistry();
      registry.behaviour.referrersApi = referrersApi;
      for (const fixture of fixtures) {
        pushFixture(registry, fixture, { fallbackIndex: !referrersApi });
      }
    });

    after(async () => {
      await registry.close();
    });

    for (const fixture of signed) {
      test(`${fixture.name} is verified by its tag, with all its keys and annotations`, async () => {
        const { annotations, keys } = fixture;
        const publicKey = keys.map((key) => key.publicKey).join('');
        const demand = { publicKey, annotations, count: keys.length };
        const verdict = await verifyImage(tagOf(registry, fixture), demand);
        assert.equal(verdict.kind, 'pass', describeVerdict(verdict));
        assert.equal(verdict.digest, fixture.digest);
      });

      test(`${fixture.name} is refused with other annotations`, async () => {
        const publicKey = fixture.keys[0]?.publicKey ?? '';
        const demand = { publicKey, annotations: { env: 'dev' } };
        const verdict = await verifyImage(tagOf(registry, fixture), demand);
        assertReason(verdict, 'ANNOTATION_MISMATCH');
      });

      test(`${fixture.name} is refused with another key of each type`, async () => {
        const verdict = await verifyImage(tagOf(registry, fixture), { publicKey: OTHER_KEYS });
        assertReason(verdict, 'NO_MATCHING_SIGNATURE');
      });
    }

    for (const fixture of attested) {
      test(`MNH-15 ${fixture.name} does not count as a signature`, async () => {
        const publicKey = fixture.keys[0]?.publicKey ?? '';
        const verdict = await verifyImage(tagOf(registry, fixture), { publicKey });
        assert.equal(verdict.kind, 'fail', describeVerdict(verdict));
      });
    }
  });
}

test('MNH-02 a signature that was copied to another image is refused', async () => {
  const registry = await startRegistry();
  registry.behaviour.referrersApi = false;
  try {
    for (const name of ['ecdsa-p256-legacy', 'ecdsa-p256-bundle']) {
      const fixture = await loadFixture(name);
      const other = await loadFixture('rsa-2048-legacy');
      const copy = copyOnto(fixture, other);
      pushFixture(registry, copy, { fallbackIndex: true });
      const verdict = await verifyImage(tagOf(registry, copy), {
        publicKey: fixture.keys[0]?.publicKey ?? '',
      });
      assertReason(verdict, 'WRONG_DIGEST');
    }
  } finally {
    await registry.close();
  }
});

/** Everything that hangs on the image of `fixture` now hangs on the image of `other`. */
function copyOnto(fixture: CosignFixture, other: CosignFixture): CosignFixture {
  const victim = other.manifests.filter(({ tag }) => tag === other.tag);
  const signatures = fixture.manifests.filter(({ tag }) => tag !== fixture.tag);
  const rename = (tag: string): string => tag.replace(hexOf(fixture), hexOf(other));
  return {
    ...fixture,
    digest: other.digest,
    blobs: [...fixture.blobs, ...other.blobs],
    manifests: [
      ...victim,
      ...signatures.map((each) =>
        each.tag === undefined ? each : { ...each, tag: rename(each.tag) },
      ),
    ],
  };
}

function hexOf(fixture: CosignFixture): string {
  return fixture.digest.slice('sha256:'.length);
}

const OTHER_KEYS = [
  generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
  generateKeyPairSync('ed25519'),
]
  .map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }).toString())
  .join('');

function tagOf(registry: TestRegistry, fixture: CosignFixture): string {
  return `${registry.host}/${fixture.repository}:${fixture.tag}`;
}

function assertReason(verdict: Verdict, reason: string): void {
  assert.equal(verdict.kind, 'fail', describeVerdict(verdict));
  assert.equal(verdict.reason, reason, describeVerdict(verdict));
}

function describeVerdict(verdict: Verdict): string {
  return JSON.stringify(verdict);
}
