import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Verdict } from '#shared/verification/verdict.ts';
import { KEY_KINDS, openCosign } from './cosign.ts';
import type { Cosign, CosignFormat, CosignKey, KeyKind } from './cosign.ts';
import { startRealRegistry } from './real-registry.ts';
import type { RealRegistry } from './real-registry.ts';
import { pullManifest } from './registry-http.ts';
import { pushSample, sampleImage, sampleIndex } from './sample-image.ts';
import type { SampleImage } from './sample-image.ts';
import { verifyImage } from './verify-image.ts';

const FORMATS: readonly CosignFormat[] = ['legacy', 'bundle'];
const ANNOTATIONS = { env: 'prod' };

let directory: string;
let cosign: Cosign;
let stranger: CosignKey;
const keys = new Map<KeyKind, CosignKey>();

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-interop-'));
  cosign = await openCosign(join(directory, 'cosign'));
  stranger = await cosign.createKey('stranger', 'ecdsa-p256');
  for (const kind of KEY_KINDS) {
    keys.set(kind, await cosign.createKey(kind, kind));
  }
});

after(async () => {
  await rm(directory, { recursive: true, force: true });
});

for (const referrers of [true, false]) {
  describe(`a registry ${referrers ? 'with' : 'without'} referrers API`, () => {
    let registry: RealRegistry;

    before(async () => {
      registry = await startRealRegistry({ directory, referrers });
    });

    after(async () => {
      await registry.stop();
    });

    for (const kind of KEY_KINDS) {
      for (const format of FORMATS) {
        test(`cosign sign with ${kind} as ${format}: verified by that key and no other`, async () => {
          const key = keyOf(kind);
          const image = await push(registry, `${kind}-${format}`);
          await cosign.sign(image, { key, format, annotations: ANNOTATIONS });
          assertPass(await verifyImage(image, { publicKey: key.publicKey }), image);
          assertFail(
            await verifyImage(image, { publicKey: stranger.publicKey }),
            'NO_MATCHING_SIGNATURE',
          );
        });
      }
    }

    for (const format of FORMATS) {
      test(`annotations of a ${format} signature are compared exactly`, async () => {
        const key = keyOf('ecdsa-p256');
        const image = await push(registry, `annotated-${format}`);
        await cosign.sign(image, { key, format, annotations: { ...ANNOTATIONS, team: 'a' } });
        const { publicKey } = key;
        assertPass(await verifyImage(image, { publicKey, annotations: ANNOTATIONS }), image);
        for (const annotations of [{ env: 'dev' }, { env: 'prod', other: '' }, { ENV: 'prod' }]) {
          const verdict = await verifyImage(image, { publicKey, annotations });
          assertFail(verdict, 'ANNOTATION_MISMATCH');
        }
      });

      test(`MNH-09 two signers as ${format}: each counts once`, async () => {
        const [first, second] = [keyOf('ecdsa-p256'), keyOf('rsa-2048')];
        const image = await push(registry, `two-${format}`);
        const publicKey = first.publicKey + second.publicKey;
        await cosign.sign(image, { key: first, format });
        await cosign.sign(image, { key: first, format });
        assertFail(await verifyImage(image, { publicKey, count: 2 }), 'NO_MATCHING_SIGNATURE');
        await cosign.sign(image, { key: second, format });
        assertPass(await verifyImage(image, { publicKey, count: 2 }), image);
      });

      test(`MNH-15 cosign attest as ${format} alone is no signature`, async () => {
        const key = keyOf('ecdsa-p256');
        const image = await push(registry, `attested-${format}`);
        await cosign.attest(image, { key, format });
        const verdict = await verifyImage(image, { publicKey: key.publicKey });
        assert.equal(verdict.kind, 'fail', verdict.message);
      });

      test(`a signature in another repository as ${format} is found there only`, async () => {
        const key = keyOf('ecdsa-p256');
        const image = await push(registry, `elsewhere-${format}`);
        const repository = `${registry.host}/signatures/${format}`;
        await cosign.sign(image, { key, format, repository });
        const { publicKey } = key;
        assertPass(await verifyImage(image, { publicKey, repository }), image);
        assertFail(await verifyImage(image, { publicKey }), 'NO_SIGNATURES');
      });

      test(`a signed index as ${format}: its children are signed only with --recursive`, async () => {
        const key = keyOf('ecdsa-p256');
        const sample = sampleIndex(`index ${format}`, ['amd64', 'arm64']);
        const index = await push(registry, `index-${format}`, sample);
        const child = `${index.split('@')[0]}@${sample.children[0]?.manifest.digest}`;
        const { publicKey } = key;
        await cosign.sign(index, { key, format });
        assertPass(await verifyImage(index, { publicKey }), index);
        assertFail(await verifyImage(child, { publicKey }), 'NO_SIGNATURES');
        await cosign.sign(index, { key, format, recursive: true });
        assertPass(await verifyImage(child, { publicKey }), child);
      });
    }

    test('a legacy signature in Docker media types is verified', async () => {
      const key = keyOf('ecdsa-p256');
      const image = await push(registry, 'docker-media-types');
      const env = { COSIGN_DOCKER_MEDIA_TYPES: '1' };
      await cosign.sign(image, { key, format: 'legacy', env });
      assertPass(await verifyImage(image, { publicKey: key.publicKey }), image);
    });

    test('a legacy signature as an OCI 1.1 referrer is verified', async () => {
      const key = keyOf('ecdsa-p256');
      const image = await push(registry, 'legacy-referrer');
      const flags = ['--registry-referrers-mode=oci-1-1'];
      await cosign.sign(image, { key, format: 'legacy', flags, env: { COSIGN_EXPERIMENTAL: '1' } });
      const tag = `${image.split('@')[1]?.replace(':', '-')}.sig`;
      const place = { host: registry.host, path: 'interop/legacy-referrer' };
      assert.equal(await pullManifest(place, tag), undefined, 'cosign made a tag');
      assertPass(await verifyImage(image, { publicKey: key.publicKey }), image);
    });

    test('a tag is resolved to the digest that is signed', async () => {
      const key = keyOf('ecdsa-p256');
      const image = await push(registry, 'by-tag');
      await cosign.sign(image, { key, format: 'bundle' });
      const byTag = image.replace(/@.*/, ':v1');
      assertPass(await verifyImage(byTag, { publicKey: key.publicKey }), image);
    });

    test('MNH-26 a bundle of a stranger does not hide a legacy signature', async () => {
      const key = keyOf('ecdsa-p256');
      const image = await push(registry, 'both');
      await cosign.sign(image, { key, format: 'legacy' });
      await cosign.sign(image, { key: stranger, format: 'bundle' });
      assertPass(await verifyImage(image, { publicKey: key.publicKey }), image);
    });

    test('an image that nobody signed has no signatures', async () => {
      const image = await push(registry, 'unsigned');
      const verdict = await verifyImage(image, { publicKey: stranger.publicKey });
      assertFail(verdict, 'NO_SIGNATURES');
    });
  });
}

function keyOf(kind: KeyKind): CosignKey {
  const key = keys.get(kind);
  assert(key !== undefined);
  return key;
}

/** Its name by digest. */
async function push(
  { host }: RealRegistry,
  name: string,
  image: SampleImage = sampleImage(name),
): Promise<string> {
  return pushSample({ host, path: `interop/${name}` }, image);
}

function assertPass(verdict: Verdict, image: string): void {
  assert.equal(verdict.kind, 'pass', verdict.message);
  assert.equal(verdict.digest, image.split('@')[1]);
}

function assertFail(verdict: Verdict, reason: string): void {
  assert.equal(verdict.kind, 'fail', verdict.message);
  assert.equal(verdict.reason, reason, verdict.message);
}
