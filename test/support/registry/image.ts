import { gzipSync } from 'node:zlib';
import { sha256Digest } from '#shared/base/digest.ts';
import type { Descriptor } from '#shared/registry/registry.ts';
import type { TestRegistry } from './test-registry.ts';

export interface ImageOptions {
  readonly tag?: string;
  /** What makes the image differ from others; counted up by default. */
  readonly content?: string;
  readonly format?: 'oci' | 'docker';
  readonly platform?: { readonly os: string; readonly architecture: string };
}

const MEDIA_TYPES = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const;

const LINUX_AMD64 = { os: 'linux', architecture: 'amd64' };

let images = 0;

/** Puts a valid image with one small layer into the registry. */
export function putImage(
  registry: TestRegistry,
  repository: string,
  options: ImageOptions = {},
): Descriptor {
  images += 1;
  const content = options.content ?? `image ${images}`;
  const types = MEDIA_TYPES[options.format ?? 'oci'];
  const platform = options.platform ?? LINUX_AMD64;
  const tar = tarOf('content.txt', content);
  const config = JSON.stringify({
    ...platform,
    config: {},
    rootfs: { type: 'layers', diff_ids: [sha256Digest(tar)] },
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: putBlob(registry, repository, { mediaType: types.config, bytes: Buffer.from(config) }),
    layers: [putBlob(registry, repository, { mediaType: types.layer, bytes: gzipSync(tar) })],
  };
  return putJsonManifest(registry, repository, { manifest, tag: options.tag });
}

/** Puts an image for each platform and an index over them into the registry. */
export function putIndex(
  registry: TestRegistry,
  repository: string,
  options: Omit<ImageOptions, 'platform'> & { readonly architectures?: readonly string[] } = {},
): Descriptor & { readonly images: readonly Descriptor[] } {
  const { tag, content = `index ${images + 1}`, format = 'oci' } = options;
  const children = (options.architectures ?? ['amd64', 'arm64']).map((architecture) => {
    const platform = { os: 'linux', architecture };
    const child = `${content} ${architecture}`;
    return {
      ...putImage(registry, repository, { content: child, format, platform }),
      platform,
    };
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES[format].index,
    manifests: children,
  };
  return { ...putJsonManifest(registry, repository, { manifest, tag }), images: children };
}

/** Puts any manifest into the registry, typed as it says itself. */
export function putJsonManifest(
  registry: TestRegistry,
  repository: string,
  { manifest, tag }: { manifest: { readonly mediaType: string }; tag?: string | undefined },
): Descriptor {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const { mediaType } = manifest;
  const digest = registry.putManifest(repository, tag, { bytes, mediaType });
  return { mediaType, digest, size: bytes.length };
}

/** Puts a blob into the registry. */
export function putBlob(
  registry: TestRegistry,
  repository: string,
  { mediaType, bytes }: { readonly mediaType: string; readonly bytes: Buffer },
): Descriptor {
  return { mediaType, digest: registry.putBlob(repository, bytes), size: bytes.length };
}

const TAR_BLOCK = 512;

/** A POSIX ustar archive with one file. */
function tarOf(name: string, content: string): Buffer {
  const data = Buffer.from(content);
  const header = Buffer.alloc(TAR_BLOCK);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((TAR_BLOCK - (data.length % TAR_BLOCK)) % TAR_BLOCK);
  return Buffer.concat([header, data, padding, Buffer.alloc(2 * TAR_BLOCK)]);
}
