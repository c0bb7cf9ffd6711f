import { type Digest, sha256Digest } from '../base/digest.ts';
import type { Repository } from '../image/reference.ts';
import { type SchemeRules, endpointOf } from './endpoint.ts';
import type { Keychain } from './keychain.ts';
import { listReferrer } from './list-referrer.ts';
import { putBlob } from './put-blob.ts';
import { putManifest } from './put-manifest.ts';
import type { CallOptions, Descriptor } from './registry.ts';
import { RepositorySession, type SessionOptions } from './repository-session.ts';

/** Bytes that are stored under their digest. */
export interface Content {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** A manifest that refers to another one. */
export interface ReferrerContent extends Content {
  readonly subject: Digest;
  /** For the list of referrers where a registry leaves that to its clients. */
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RegistryWriterOptions {
  readonly keychain: Keychain;
  readonly session: SessionOptions;
  readonly schemeRules: SchemeRules;
}

/** Longer than any upload of a signature takes. Milliseconds. */
const WRITE_TIMEOUT_MS = 60_000;

/**
 * Writing to OCI registries (distribution-spec 1.1, "Push"): only what signing needs. All methods throw
 * {@link RegistryError}; doing one again does no harm, since content is named by its digest.
 */
export class RegistryWriter {
  readonly #options: RegistryWriterOptions;

  constructor(options: RegistryWriterOptions) {
    this.#options = options;
  }

  /** Stores a blob, unless it is there. */
  async putBlob(
    repository: Repository,
    content: Content,
    options: CallOptions = {},
  ): Promise<Descriptor> {
    const digest = sha256Digest(content.bytes);
    await putBlob(this.#session(repository, options), digest, content.bytes);
    return { mediaType: content.mediaType, digest, size: content.bytes.length };
  }

  /**
   * Stores a manifest that refers to another, and sees to it that it is listed: by the registry, or in the
   * fallback tag where the registry does not list referrers itself.
   */
  async putReferrer(
    repository: Repository,
    content: ReferrerContent,
    options: CallOptions = {},
  ): Promise<Descriptor> {
    const session = this.#session(repository, options);
    const digest = sha256Digest(content.bytes);
    const isListed = await putManifest(session, digest, content);
    const { mediaType, bytes, artifactType, annotations } = content;
    const descriptor = { mediaType, digest, size: bytes.length, artifactType, annotations };
    if (!isListed) await listReferrer(session, content.subject, descriptor);
    return descriptor;
  }

  #session(repository: Repository, { signal }: CallOptions): RepositorySession {
    const { keychain, session, schemeRules } = this.#options;
    const timeout = AbortSignal.timeout(WRITE_TIMEOUT_MS);
    return new RepositorySession(session, {
      endpoint: endpointOf(repository, schemeRules),
      keychain,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
  }
}
