import type { JsonValue } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { DEFAULT_REGISTRY } from '../image/registry-host.ts';
import { parseReference } from '../image/reference.ts';
import { RegistryError } from './registry-error.ts';
import type { CallOptions, ImageManifest, Manifest, Registry } from './registry.ts';

/** Docker Hub and its official images as go-containerregistry names them, which Kyverno shows. */
const DOCKER_HUB = 'index.docker.io';
const OFFICIAL = 'library/';

/**
 * What Kyverno takes of an index, whatever the nodes of a cluster are, and what it takes an image for that
 * says nothing.
 */
const PLATFORM = { os: 'linux', architecture: 'amd64' };

/** Configurations of the largest images, with the history of every layer, are some 100 kB. Bytes. */
const MAX_CONFIG_BYTES = 8 * 1024 * 1024;

/**
 * What a registry says of an image, as `imageRegistry` of Kyverno 1.19 has it: `image`, `resolvedImage`, `registry`,
 * `repository`, `identifier`, `manifestList` (null where there is none), `manifest` and `configData`.
 * @throws {RegistryError}
 * @throws {ImageReferenceError} for a text that is no image reference.
 */
export async function readImageData(
  registry: Registry,
  image: string,
  options?: CallOptions,
): Promise<JsonValue> {
  const reference = parseReference(image);
  const { tag = 'latest' } = reference;
  const digest = reference.digest ?? (await registry.resolveTag(reference, tag, options)).digest;
  const found = await registry.manifest(reference, digest, options);
  const manifest =
    found.kind === 'image'
      ? found
      : await registry.manifest(reference, childOf(found, image).digest, options);
  if (manifest.kind !== 'image') throw malformed(image, 'an index inside its index');
  const { config } = manifest;
  const limit = { ...options, maxBytes: MAX_CONFIG_BYTES };
  const configData = await registry.blob(reference, config, limit);
  const host = reference.registry === DEFAULT_REGISTRY ? DOCKER_HUB : reference.registry;
  const isOfficial = host === DOCKER_HUB && !reference.path.includes('/');
  const repository = `${isOfficial ? OFFICIAL : ''}${reference.path}`;
  return {
    image,
    resolvedImage: `${host}/${repository}@${digest}`,
    registry: host,
    repository,
    identifier: identifierOf(reference, tag),
    manifestList: found.kind === 'index' ? jsonOf(found, image) : null,
    manifest: jsonOf(manifest, image),
    configData: parseStrictJson(configData.toString('utf8')),
  };
}

function identifierOf(
  { digest, tag: written }: ReturnType<typeof parseReference>,
  tag: string,
): string {
  if (digest === undefined) return tag;
  return written === undefined ? digest : `${written}@${digest}`;
}

function childOf(
  { manifests }: Extract<Manifest, { kind: 'index' }>,
  image: string,
): ImageManifest['config'] {
  const { os, architecture } = PLATFORM;
  const child = manifests.find(
    ({ platform = PLATFORM }) => platform.os === os && platform.architecture === architecture,
  );
  if (child !== undefined) return child;
  throw malformed(image, `no manifest for ${os}/${architecture} in its index`);
}

function jsonOf({ bytes }: Manifest, image: string): JsonValue {
  if (bytes === undefined) throw malformed(image, 'a manifest without its bytes');
  return parseStrictJson(bytes.toString('utf8'));
}

function malformed(image: string, what: string): RegistryError {
  return new RegistryError('MALFORMED', `Cannot read the data of image "${image}": found ${what}`);
}
