import { contentOf, pushBlob, pushManifest } from './registry-http.ts';
import type { Content, Place } from './registry-http.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** A manifest with the blobs and children it needs. */
export interface SampleImage {
  readonly manifest: Content;
  readonly blobs: readonly Content[];
  readonly children: readonly SampleImage[];
}

/** The smallest image that tools accept; `text` makes its digest its own. */
export function sampleImage(text: string, architecture = 'amd64'): SampleImage {
  const layer = contentOf('application/vnd.oci.image.layer.v1.tar', text);
  const config = contentOf(
    'application/vnd.oci.image.config.v1+json',
    JSON.stringify({
      architecture,
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
      config: {},
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptorOf(config),
    layers: [descriptorOf(layer)],
  };
  return {
    manifest: contentOf(MANIFEST, JSON.stringify(manifest)),
    blobs: [layer, config],
    children: [],
  };
}

/** An index over one image for each architecture. */
export function sampleIndex(text: string, architectures: readonly string[]): SampleImage {
  const children = architectures.map((each) => sampleImage(`${text} ${each}`, each));
  const index = {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: children.map((child, at) => ({
      ...descriptorOf(child.manifest),
      platform: { architecture: architectures[at], os: 'linux' },
    })),
  };
  return { manifest: contentOf(INDEX, JSON.stringify(index)), blobs: [], children };
}

export async function pushImage(place: Place, image: SampleImage, tag?: string): Promise<void> {
  for (const child of image.children) {
    await pushImage(place, child);
  }
  for (const blob of image.blobs) {
    await pushBlob(place, blob);
  }
  await pushManifest(place, image.manifest, tag);
}

/** Pushes an image, one of its own unless given, and answers its name by digest. */
export async function pushSample(
  place: Place,
  image: SampleImage = sampleImage(place.path),
): Promise<string> {
  await pushImage(place, image, 'v1');
  return `${place.host}/${place.path}@${image.manifest.digest}`;
}

function descriptorOf(content: Content): { mediaType: string; digest: string; size: number } {
  const { mediaType, digest, text } = content;
  return { mediaType, digest, size: Buffer.byteLength(text) };
}
