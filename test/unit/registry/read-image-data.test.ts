import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, sha256Digest } from '#shared/base/digest.ts';
import { type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { parseManifest } from '#shared/registry/parse-manifest.ts';
import { readImageData } from '#shared/registry/read-image-data.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';
import type { Registry } from '#shared/registry/registry.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const contents = new Map<Digest, { readonly bytes: Buffer; readonly mediaType: string }>();

function put(mediaType: string, value: unknown): Digest {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = sha256Digest(bytes);
  contents.set(digest, { bytes, mediaType });
  return digest;
}

function putImage(architecture: string): Digest {
  const digest = put('config', { architecture, config: { Labels: { a: 'b' } } });
  const size = contents.get(digest)?.bytes.length;
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size };
  return put(IMAGE, { schemaVersion: 2, mediaType: IMAGE, config, layers: [] });
}

function putIndex(...architectures: readonly string[]): Digest {
  const manifests = architectures.map((architecture) => ({
    mediaType: IMAGE,
    digest: putImage(architecture),
    size: 1,
    platform: { os: 'linux', architecture },
  }));
  return put(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests });
}

/** Holds what was put, whatever the repository; every tag is the one image. */
function registryWith(tagged: Digest): Registry {
  const find = (digest: Digest): { readonly bytes: Buffer; readonly mediaType: string } => {
    const found = contents.get(digest);
    if (found === undefined) throw new RegistryError('NOT_FOUND', 'not there');
    return found;
  };
  return {
    scope: 'test',
    resolveTag: async () => Promise.resolve({ mediaType: IMAGE, digest: tagged, size: 1 }),
    manifest: async (_repository, digest) => {
      const { bytes, mediaType } = find(digest);
      return Promise.resolve(parseManifest(bytes, { contentType: mediaType, digest, action: '' }));
    },
    manifestByTag: async () => Promise.resolve(undefined),
    blob: async (_repository, { digest }) => Promise.resolve(find(digest).bytes),
    referrers: async () => Promise.resolve({ descriptors: [], source: 'none' }),
  };
}

const single = putImage('s390x');
const index = putIndex('arm64', 'amd64');

/** Reference, and the names that are shown of it. */
const NAMES: readonly (readonly [string, string, string, string])[] = [
  ['ghcr.io/acme/app:1.0', 'ghcr.io', 'acme/app', '1.0'],
  ['ghcr.io/acme/app', 'ghcr.io', 'acme/app', 'latest'],
  ['nginx', 'index.docker.io', 'library/nginx', 'latest'],
  ['docker.io/acme/app:2', 'index.docker.io', 'acme/app', '2'],
  [`ghcr.io/acme/app@${single}`, 'ghcr.io', 'acme/app', single],
  [`ghcr.io/acme/app:1@${single}`, 'ghcr.io', 'acme/app', `1@${single}`],
];

for (const [image, registry, repository, identifier] of NAMES) {
  test(`readImageData: ${image} is named as Kyverno names it`, async () => {
    const data = await readImageData(registryWith(single), image);
    const names = ['image', 'registry', 'repository', 'identifier', 'resolvedImage'].map((key) =>
      member(data, key),
    );
    const resolved = `${registry}/${repository}@${single}`;
    assert.deepEqual(names, [image, registry, repository, identifier, resolved]);
  });
}

test('readImageData: a single image has a manifest, a configuration, and no list', async () => {
  const data = (await readImageData(registryWith(single), 'ghcr.io/a/b')) as JsonObject;
  assert.equal(data['manifestList'], null);
  assert.equal(stringAt(data, 'manifest', 'mediaType'), IMAGE);
  assert.equal(stringAt(data, 'configData', 'architecture'), 's390x');
});

test('readImageData: of an index, the image for linux/amd64 is shown beside the list', async () => {
  const data = await readImageData(registryWith(index), 'ghcr.io/a/b');
  assert.equal(stringAt(data, 'configData', 'architecture'), 'amd64');
  assert.equal(stringAt(data, 'manifestList', 'mediaType'), INDEX);
  assert.match(stringAt(data, 'resolvedImage') ?? '', new RegExp(`@${index}$`));
});

test('readImageData: an entry of an index that names no platform is for linux/amd64', async () => {
  const manifests = [{ mediaType: IMAGE, digest: single, size: 1 }];
  const plain = put(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests });
  const data = await readImageData(registryWith(plain), 'ghcr.io/a/b');
  assert.equal(stringAt(data, 'configData', 'architecture'), 's390x');
});

test('readImageData: an index without linux/amd64 is MALFORMED, not another image', async () => {
  await assert.rejects(readImageData(registryWith(putIndex('arm64')), 'ghcr.io/a/b'), {
    code: 'MALFORMED',
    message: /no manifest for linux\/amd64 in its index/,
  });
});

test('readImageData: an image that is not there is NOT_FOUND, a bad name a fault of its own', async () => {
  const gone = sha256Digest('gone');
  await assert.rejects(readImageData(registryWith(gone), 'ghcr.io/a/b'), { code: 'NOT_FOUND' });
  await assert.rejects(readImageData(registryWith(gone), 'Not An Image'), {
    name: 'ImageReferenceError',
  });
});
