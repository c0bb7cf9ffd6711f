import { type Digest, matchesDigest, sha256Digest, tryParseDigest } from '#shared/base/digest.ts';
import type { Repository } from '#shared/image/reference.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';
import type {
  Descriptor,
  ImageManifest,
  Manifest,
  Referrers,
  Registry,
} from '#shared/registry/registry.ts';

interface StoredDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface StoredManifest {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: StoredDescriptor;
  readonly layers: readonly StoredDescriptor[];
  readonly subject?: StoredDescriptor;
}

/** A registry of one repository in memory that lists referrers as it is told to, behind the product's own port. */
export class ListingRegistry implements Registry {
  readonly scope: string = 'memory';
  readonly #blobs = new Map<string, Buffer>();
  readonly #listed: { readonly subject: string; readonly descriptor: Descriptor }[] = [];
  source: Referrers['source'] = 'referrers-api';
  /** Errors by digest or `referrers:digest`, instead of an answer. */
  readonly troubles: Map<string, RegistryError> = new Map<string, RegistryError>();
  /** Digests of blobs that were fetched. */
  readonly fetched: string[] = [];

  putBlob(bytes: Buffer): Digest {
    const digest = sha256Digest(bytes);
    this.#blobs.set(digest, bytes);
    return digest;
  }

  /** Stores a manifest and lists it as a referrer of its subject, as `listedAs` if that differs. */
  putManifest(
    manifest: StoredManifest,
    listed: { readonly as?: string | undefined; readonly under?: string } = {},
  ): Descriptor {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = this.putBlob(bytes);
    const artifactType =
      'as' in listed ? listed.as : (manifest.artifactType ?? manifest.config.mediaType);
    const descriptor: Descriptor = {
      mediaType: manifest.mediaType,
      digest,
      size: bytes.length,
      ...(artifactType === undefined ? {} : { artifactType }),
    };
    const subject = listed.under ?? manifest.subject?.digest;
    if (subject !== undefined) this.#listed.push({ subject, descriptor });
    return descriptor;
  }

  referrers(_: Repository, digest: Digest): Promise<Referrers> {
    const trouble = this.troubles.get(`referrers:${digest}`);
    if (trouble !== undefined) return Promise.reject(trouble);
    const descriptors = this.#listed
      .filter(({ subject }) => subject === digest)
      .map(({ descriptor }) => descriptor);
    return Promise.resolve({ descriptors, source: this.source });
  }

  async manifest(_: Repository, digest: Digest): Promise<Manifest> {
    const bytes = await this.#read(digest);
    const stored = JSON.parse(bytes.toString()) as StoredManifest;
    const manifest: ImageManifest = {
      kind: 'image',
      mediaType: stored.mediaType,
      digest,
      artifactType: stored.artifactType,
      config: asDescriptor(stored.config),
      layers: stored.layers.map(asDescriptor),
      subject: stored.subject === undefined ? undefined : asDescriptor(stored.subject),
      annotations: {},
    };
    return manifest;
  }

  async blob(
    _: Repository,
    { digest }: Descriptor,
    { maxBytes }: { readonly maxBytes: number },
  ): Promise<Buffer> {
    const bytes = await this.#read(digest);
    this.fetched.push(digest);
    if (bytes.length > maxBytes)
      throw new RegistryError('TOO_LARGE', 'Cannot read blob: too large');
    if (!matchesDigest(bytes, digest))
      throw new RegistryError('DIGEST_MISMATCH', 'Cannot read blob: wrong digest');
    return bytes;
  }

  resolveTag(): Promise<Descriptor> {
    return Promise.reject(new RegistryError('NOT_FOUND', 'Cannot resolve tag: there are none'));
  }

  manifestByTag(): Promise<Manifest | undefined> {
    return Promise.resolve(undefined);
  }

  async #read(digest: Digest): Promise<Buffer> {
    const trouble = this.troubles.get(digest);
    if (trouble !== undefined) throw trouble;
    const bytes = this.#blobs.get(digest);
    if (bytes === undefined)
      throw new RegistryError('NOT_FOUND', `Cannot read ${digest}: not found`);
    return Promise.resolve(bytes);
  }
}

function asDescriptor({ mediaType, digest, size }: StoredDescriptor): Descriptor {
  const parsed = tryParseDigest(digest);
  if (parsed === undefined)
    throw new RegistryError('MALFORMED', 'Cannot read manifest: bad digest');
  return { mediaType, digest: parsed, size };
}
