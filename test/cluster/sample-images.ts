import { join } from 'node:path';
import { openCosign } from '#test/interop/cosign.ts';
import type { Cosign, CosignKey } from '#test/interop/cosign.ts';
import { startRealRegistry } from '#test/interop/real-registry.ts';
import type { RealRegistry } from '#test/interop/real-registry.ts';
import { pushImage, sampleImage } from '#test/interop/sample-image.ts';

/** An image in the registry, by its two names. */
export interface PushedImage {
  /** `127.0.0.1:PORT/shop/NAME:v1` */
  readonly byTag: string;
  /** `127.0.0.1:PORT/shop/NAME@sha256:…` */
  readonly byDigest: string;
  /** `127.0.0.1:PORT/shop/NAME:v1@sha256:…`: what a pinned image looks like. */
  readonly pinned: string;
}

/** Images of one shop in a real registry, signed by the real cosign. */
export interface SampleImages {
  readonly registry: RealRegistry;
  readonly host: string;
  /** PEM of the key that the policies name. */
  readonly publicKey: string;
  /** Signed with that key, in cosign's legacy format. */
  readonly signed: PushedImage;
  /** Signed with that key, as a bundle. */
  readonly bundled: PushedImage;
  readonly unsigned: PushedImage;
  /** Signed with a key that no policy names. */
  readonly foreign: PushedImage;
  /** Pushes one more image, not signed. */
  push(name: string): Promise<PushedImage>;
  /** Signs with the key that the policies name, in the legacy format. */
  sign(image: PushedImage): Promise<void>;
}

const TAG = 'v1';

export async function startSampleImages(directory: string): Promise<SampleImages> {
  const registry = await startRealRegistry({ directory, referrers: true });
  try {
    return await fill(registry, await openCosign(join(directory, 'cosign')));
  } catch (error) {
    await registry.stop();
    throw error;
  }
}

async function fill(registry: RealRegistry, cosign: Cosign): Promise<SampleImages> {
  const key = await cosign.createKey('shop', 'ecdsa-p256');
  const stranger = await cosign.createKey('stranger', 'ecdsa-p256');
  const push = async (name: string): Promise<PushedImage> => pushTo(registry.host, name);
  const signed = async (name: string, by: CosignKey): Promise<PushedImage> => {
    const image = await push(name);
    await cosign.sign(image.byDigest, { key: by, format: 'legacy' });
    return image;
  };
  const bundled = await push('bundled');
  await cosign.sign(bundled.byDigest, { key, format: 'bundle' });
  return {
    registry,
    host: registry.host,
    publicKey: key.publicKey,
    signed: await signed('signed', key),
    bundled,
    unsigned: await push('unsigned'),
    foreign: await signed('foreign', stranger),
    push,
    sign: async (image) => cosign.sign(image.byDigest, { key, format: 'legacy' }),
  };
}

async function pushTo(host: string, name: string): Promise<PushedImage> {
  const place = { host, path: `shop/${name}` };
  const image = sampleImage(name);
  await pushImage(place, image, TAG);
  const repository = `${host}/${place.path}`;
  const { digest } = image.manifest;
  return {
    byTag: `${repository}:${TAG}`,
    byDigest: `${repository}@${digest}`,
    pinned: `${repository}:${TAG}@${digest}`,
  };
}
