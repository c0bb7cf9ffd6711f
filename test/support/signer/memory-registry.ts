import { type Digest, sha256Digest } from '#shared/base/digest.ts';
import type { Repository } from '#shared/image/reference.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';
import type { Descriptor, ImageManifest, Registry } from '#shared/registry/registry.ts';
import { type ArtifactStore, OCI_MANIFEST, type SignedSubject } from './artifact-store.ts';

export const MEMORY_HOST = 'registry.test';

interface StoredManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

/** A registry without HTTP: for what is about signatures and not about the transport. */
export interface MemoryRegistry extends ArtifactStore {
  /** Reads what was put, as the product sees registries. */
  readonly registry: Registry;
  readonly repository: (path: string) => Repository;
  /** Stores an image manifest, whose content makes its digest. */
  readonly putImage: (path: string, content: string) => SignedSubject;
}

export function createMemoryRegistry(): MemoryRegistry {
  const blobs = new Map<Digest, Buffer>();
  const manifests = new Map<Digest, StoredManifest>();
  const tags = new Map<string, Digest>();
  const putBlob: ArtifactStore['putBlob'] = (_path, bytes) => {
    const digest = sha256Digest(bytes);
    blobs.set(digest, bytes);
    return digest;
  };
  const putManifest: ArtifactStore['putManifest'] = (path, tag, manifest) => {
    const digest = sha256Digest(manifest.bytes);
    manifests.set(digest, manifest);
    if (tag !== undefined) tags.set(`${path}:${tag}`, digest);
    return digest;
  };
  const putImage: MemoryRegistry['putImage'] = (path, content) => {
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', content };
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: [] }));
    const digest = putManifest(path, undefined, { bytes, mediaType: OCI_MANIFEST });
    const size = bytes.length;
    return { host: MEMORY_HOST, repository: path, digest, mediaType: OCI_MANIFEST, size };
  };
  return {
    putBlob,
    putManifest,
    putImage,
    repository: (path) => ({ registry: MEMORY_HOST, path }),
    registry: readerOf({ blobs, manifests, tags }),
  };
}

interface Contents {
  readonly blobs: ReadonlyMap<Digest, Buffer>;
  readonly manifests: ReadonlyMap<Digest, StoredManifest>;
  readonly tags: ReadonlyMap<string, Digest>;
}

function readerOf({ blobs, manifests, tags }: Contents): Registry {
  const read = (digest: Digest): ImageManifest => parse(digest, found(manifests.get(digest)));
  return {
    scope: 'memory',
    resolveTag: async ({ path }, tag) => describe(read(found(tags.get(`${path}:${tag}`)))),
    manifest: async (_repository, digest) => read(digest),
    manifestByTag: async ({ path }, tag) => {
      const digest = tags.get(`${path}:${tag}`);
      return digest === undefined ? undefined : read(digest);
    },
    blob: async (_repository, { digest, size }, { maxBytes }) => {
      if (size > maxBytes) throw new RegistryError('TOO_LARGE', `Cannot read blob ${digest}`);
      return found(blobs.get(digest));
    },
    referrers: async (_repository, digest) => {
      const all = [...manifests.keys()].map(read);
      const descriptors = all.filter(({ subject }) => subject?.digest === digest).map(describe);
      return { descriptors, source: 'referrers-api' };
    },
  };
}

function parse(digest: Digest, { bytes, mediaType }: StoredManifest): ImageManifest {
  const body = JSON.parse(bytes.toString('utf8')) as Partial<ImageManifest>;
  return {
    kind: 'image',
    mediaType,
    digest,
    artifactType: body.artifactType,
    config: found(body.config),
    layers: body.layers ?? [],
    subject: body.subject,
    annotations: body.annotations ?? {},
    bytes,
  };
}

function describe({ digest, mediaType, artifactType, annotations }: ImageManifest): Descriptor {
  const type = artifactType === undefined ? {} : { artifactType };
  return { mediaType, digest, size: 0, annotations, ...type };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new RegistryError('NOT_FOUND', 'Cannot read content: not found');
  return value;
}
