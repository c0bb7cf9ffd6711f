import { type Digest, sha256Digest } from '#shared/base/digest.ts';
import { stringAt } from '#shared/base/json-value.ts';
import type { Descriptor } from '#shared/registry/registry.ts';

export interface StoredManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
}

interface StoredRepository {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, Digest>;
}

/** The content of a registry, in memory. Nothing is checked: tests also store what no registry should. */
export class RegistryStore {
  readonly #repositories = new Map<string, StoredRepository>();

  has(repository: string): boolean {
    return this.#repositories.has(repository);
  }

  putBlob(repository: string, bytes: Buffer): Digest {
    const digest = sha256Digest(bytes);
    this.#repository(repository).blobs.set(digest, bytes);
    return digest;
  }

  blob(repository: string, digest: string): Buffer | undefined {
    return this.#repositories.get(repository)?.blobs.get(digest);
  }

  putManifest(repository: string, bytes: Buffer, mediaType: string): StoredManifest {
    const stored = { bytes, mediaType, digest: sha256Digest(bytes) };
    this.#repository(repository).manifests.set(stored.digest, stored);
    return stored;
  }

  /** By tag or digest. */
  manifest(repository: string, reference: string): StoredManifest | undefined {
    const found = this.#repositories.get(repository);
    return found?.manifests.get(found.tags.get(reference) ?? reference);
  }

  tag(repository: string, tag: string, digest: Digest): void {
    this.#repository(repository).tags.set(tag, digest);
  }

  tags(repository: string): readonly string[] {
    return [...(this.#repositories.get(repository)?.tags.keys() ?? [])].toSorted();
  }

  /** Removes a tag, or a manifest with its tags; true if there was one. */
  delete(repository: string, reference: string): boolean {
    const found = this.#repositories.get(repository);
    if (found === undefined) return false;
    for (const [tag, digest] of found.tags) if (digest === reference) found.tags.delete(tag);
    return found.tags.delete(reference) || found.manifests.delete(reference);
  }

  /** The manifests whose `subject` is `digest` (distribution-spec, "Listing Referrers"). */
  referrers(repository: string, digest: string): readonly Descriptor[] {
    const manifests = this.#repositories.get(repository)?.manifests.values() ?? [];
    return [...manifests].flatMap((manifest) => {
      const body = parse(manifest.bytes);
      return stringAt(body, 'subject', 'digest') === digest ? [describe(manifest, body)] : [];
    });
  }

  #repository(name: string): StoredRepository {
    const known = this.#repositories.get(name);
    if (known !== undefined) return known;
    const created = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.#repositories.set(name, created);
    return created;
  }
}

function describe(manifest: StoredManifest, body: unknown): Descriptor {
  const artifactType = stringAt(body, 'artifactType') ?? stringAt(body, 'config', 'mediaType');
  const annotations = (body as { annotations?: Record<string, string> }).annotations;
  return {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** The subject that a pushed manifest names. */
export function subjectOf(bytes: Buffer): string | undefined {
  return stringAt(parse(bytes), 'subject', 'digest');
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
