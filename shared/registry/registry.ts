import type { Digest } from '../base/digest.ts';
import type { Repository } from '../image/reference.ts';

/** OCI image-spec descriptor: what a registry says about content before it is fetched. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: {
    readonly os?: string;
    readonly architecture?: string;
    readonly variant?: string;
  };
}

/** An OCI or Docker image manifest whose bytes were hashed and whose shape was checked. */
export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly digest: Digest;
  readonly artifactType: string | undefined;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** The manifest as it was hashed, where it is kept: message-signature bundles sign these very bytes. */
  readonly bytes?: Buffer;
}

/** An OCI index or Docker manifest list whose bytes were hashed and whose shape was checked. */
export interface IndexManifest {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly digest: Digest;
  readonly artifactType: string | undefined;
  readonly manifests: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** The manifest as it was hashed, where it is kept: message-signature bundles sign these very bytes. */
  readonly bytes?: Buffer;
}

export type Manifest = ImageManifest | IndexManifest;

/** What one call may take of the caller's time; every call ends when the signal aborts. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The descriptors that refer to a manifest, and how they were found. */
export interface Referrers {
  readonly descriptors: readonly Descriptor[];
  readonly source: 'referrers-api' | 'fallback-tag' | 'none';
}

/**
 * Reading from OCI registries (distribution-spec 1.1), as the rest of the code sees it.
 * Every body is bounded and, where a digest is known, hashed. Implementations coalesce equal calls in
 * flight. All methods throw {@link RegistryError}.
 */
export interface Registry {
  /**
   * Names the credentials in use: equal scopes see the same content. Part of cache keys
   * (MUST-NOT-HAPPEN 19); holds no secret.
   */
  readonly scope: string;
  /** The digest behind a tag, by one HEAD request (GET where the registry sends no digest header). */
  resolveTag(repository: Repository, tag: string, options?: CallOptions): Promise<Descriptor>;
  /** A manifest by digest; its bytes hash to it. */
  manifest(repository: Repository, digest: Digest, options?: CallOptions): Promise<Manifest>;
  /** A manifest by tag, or undefined if there is no such tag: one GET. */
  manifestByTag(
    repository: Repository,
    tag: string,
    options?: CallOptions,
  ): Promise<Manifest | undefined>;
  /** A blob of exactly `descriptor.size` bytes that hash to its digest; refused above `maxBytes`. */
  blob(
    repository: Repository,
    descriptor: Descriptor,
    options: CallOptions & { readonly maxBytes: number },
  ): Promise<Buffer>;
  /** Referrers API with paging, then the fallback tag; an empty list where neither knows any. */
  referrers(repository: Repository, digest: Digest, options?: CallOptions): Promise<Referrers>;
}
