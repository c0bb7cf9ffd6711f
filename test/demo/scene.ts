import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import type { JsonObject } from '#shared/base/json-value.ts';
import { DIGEST_PATTERN_POLICY, verifyPolicy } from '#test/support/admission/policies.ts';
import { startRegistry, type TestRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage, type TestImage } from '#test/support/signer/signed-image.ts';

/** What the demo plays with: a registry with images, and a folder with policies and manifests. */
export interface Scene {
  readonly registry: TestRegistry;
  readonly images: { readonly web: TestImage; readonly cart: TestImage; readonly rogue: TestImage };
  readonly folder: string;
  readonly pods: { readonly good: JsonObject; readonly bad: JsonObject };
}

/** Sets the scene in a new temporary folder. */
export async function setScene(): Promise<Scene> {
  const registry = await startRegistry();
  const key = generateSignerKey();
  const images = {
    web: putSignedImage(registry, 'shop/web:v1', { key, format: 'simple' }),
    cart: putSignedImage(registry, 'shop/cart:v2', { key, format: 'bundle' }),
    rogue: putSignedImage(registry, 'shop/rogue:v1', { key, format: 'none' }),
  };
  const pods = {
    good: podOf('shop', { web: images.web.reference, cart: images.cart.reference }),
    bad: podOf('rogue', { web: images.web.reference, rogue: images.rogue.reference }),
  };
  const folder = await mkdtemp(join(tmpdir(), 'sign-policy-demo-'));
  await write(
    folder,
    'policies/verify-images.yaml',
    verifyPolicy({ images: `${registry.host}/shop/*`, keys: [key.publicKeyPem] }),
  );
  await write(folder, 'policies/require-digests.yaml', DIGEST_PATTERN_POLICY);
  await write(folder, 'manifests/shop.yaml', dump(pods.good));
  await write(folder, 'manifests/rogue.yaml', dump(pods.bad));
  return { registry, images, folder, pods };
}

function podOf(name: string, images: Readonly<Record<string, string>>): JsonObject {
  const containers = Object.entries(images).map(([container, image]) => ({
    name: container,
    image,
  }));
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers } };
}

async function write(folder: string, file: string, text: string): Promise<void> {
  const path = join(folder, file);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
}
