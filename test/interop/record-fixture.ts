import type {
  CosignFixture,
  FixtureBlob,
  FixtureManifest,
} from '#test/fixture/cosign/load-fixture.ts';
import { pullBlob, pullManifest } from './registry-http.ts';
import type { Content, Place } from './registry-http.ts';

interface ManifestShape {
  readonly manifests?: readonly DescriptorShape[];
  readonly config?: DescriptorShape;
  readonly layers?: readonly DescriptorShape[];
}

interface DescriptorShape {
  readonly digest: string;
  readonly mediaType: string;
}

type Recording = Pick<CosignFixture, 'manifests' | 'blobs'>;

/**
 * Reads an image and everything that cosign stored beside it from a registry without referrers API:
 * there all of it hangs on tags.
 */
export async function recordFixture(place: Place, tag: string): Promise<Recording> {
  const recorder = createRecorder(place);
  const image = await recorder.manifest(tag, tag);
  if (image === undefined) {
    throw new Error(`Cannot record ${place.path}:${tag}: there is no such tag`);
  }
  const name = image.digest.replace(':', '-');
  await recorder.manifest(`${name}.sig`, `${name}.sig`);
  await recorder.manifest(`${name}.att`, `${name}.att`);
  await recorder.manifest(name, name, true);
  return recorder.recording();
}

interface Recorder {
  manifest(reference: string, tag?: string, isFallback?: boolean): Promise<Content | undefined>;
  recording(): Recording;
}

function createRecorder(place: Place): Recorder {
  const manifests: FixtureManifest[] = [];
  const blobs = new Map<string, FixtureBlob>();
  const manifest: Recorder['manifest'] = async (reference, tag, isFallback = false) => {
    const content = await pullManifest(place, reference);
    if (content === undefined) {
      return undefined;
    }
    const shape = JSON.parse(content.text) as ManifestShape;
    // Children first, so that a strict registry takes them in this order.
    for (const child of shape.manifests ?? []) {
      await manifest(child.digest);
    }
    for (const part of [...(shape.config ? [shape.config] : []), ...(shape.layers ?? [])]) {
      const { digest, text } = await pullBlob(place, part);
      blobs.set(digest, { digest, text });
    }
    manifests.push({
      ...content,
      ...(tag === undefined ? {} : { tag }),
      ...(isFallback ? { isFallbackIndex: true } : {}),
    });
    return content;
  };
  return { manifest, recording: () => ({ manifests, blobs: [...blobs.values()] }) };
}
