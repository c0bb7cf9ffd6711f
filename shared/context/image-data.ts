import type { JsonValue } from '../base/json-value.ts';
import { CodedError } from '../base/coded-error.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { type ImageReference, parseReference } from '../image/reference.ts';
import type {
  CallOptions,
  Descriptor,
  IndexManifest,
  Manifest,
  Registry,
} from '../registry/registry.ts';

/** A config with a long history has some ten kilobytes; all data of a rule together may have twice this. */
const MAX_CONFIG_BYTES = 1024 * 1024;

/** What go-containerregistry picks from an index, and takes for granted where nothing is said. */
const PLATFORM = { os: 'linux', architecture: 'amd64' };

const HUB = { name: 'docker.io', api: 'index.docker.io', official: 'library/' };

/** An image whose data cannot be told. */
class ImageDataError extends CodedError<'NOT_FOUND' | 'NO_PLATFORM' | 'NO_BYTES'> {}

/**
 * What `imageRegistry` entries are about: the image, the manifest of its platform (linux/amd64) and its
 * config, in the shape and with the names of Kyverno 1.19, which are those of go-containerregistry.
 * @throws {ImageReferenceError | RegistryError | ImageDataError | StrictJsonError}
 */
export async function readImageData(
  registry: Registry,
  text: string,
  options: CallOptions,
): Promise<JsonValue> {
  const reference = parseReference(text);
  const found = await readAny(registry, reference, options);
  const manifest =
    found.kind === 'index'
      ? await readPlatform(registry, { reference, index: found }, options)
      : found;
  const config = await registry.blob(reference, manifest.config, {
    ...options,
    maxBytes: MAX_CONFIG_BYTES,
  });
  return {
    image: text,
    ...namesOf(reference, found.digest),
    manifestList: found.kind === 'index' ? jsonOf(found) : null,
    manifest: jsonOf(manifest),
    configData: parseStrictJson(config.toString('utf8')),
  };
}

async function readAny(
  registry: Registry,
  reference: ImageReference,
  options: CallOptions,
): Promise<Manifest> {
  const { digest, tag = 'latest', written } = reference;
  if (digest !== undefined) return registry.manifest(reference, digest, options);
  const found = await registry.manifestByTag(reference, tag, options);
  if (found !== undefined) return found;
  throw new ImageDataError('NOT_FOUND', `there is no image "${written}" (MANIFEST_UNKNOWN)`);
}

async function readPlatform(
  registry: Registry,
  { reference, index }: { readonly reference: ImageReference; readonly index: IndexManifest },
  options: CallOptions,
): Promise<Extract<Manifest, { kind: 'image' }>> {
  const { os, architecture } = PLATFORM;
  const child = index.manifests.find(isOfPlatform);
  const manifest = child && (await registry.manifest(reference, child.digest, options));
  if (manifest?.kind === 'image') return manifest;
  throw new ImageDataError(
    'NO_PLATFORM',
    `no child with platform ${os}/${architecture} in index ${reference.written}`,
  );
}

function isOfPlatform({ platform = PLATFORM }: Descriptor): boolean {
  return platform.os === PLATFORM.os && platform.architecture === PLATFORM.architecture;
}

function namesOf(
  { registry, path, tag, digest }: ImageReference,
  resolved: string,
): { resolvedImage: string; registry: string; repository: string; identifier: string } {
  const isHub = registry === HUB.name;
  const host = isHub ? HUB.api : registry;
  const repository = isHub && !path.includes('/') ? `${HUB.official}${path}` : path;
  return {
    resolvedImage: `${host}/${repository}@${resolved}`,
    registry: host,
    repository,
    identifier: [tag, digest].filter((part) => part !== undefined).join('@'),
  };
}

function jsonOf({ bytes, digest }: Manifest): JsonValue {
  if (bytes !== undefined) return parseStrictJson(bytes.toString('utf8'));
  throw new ImageDataError('NO_BYTES', `the bytes of manifest ${digest} were not kept`);
}
