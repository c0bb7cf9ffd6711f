import { SharedWork } from '../base/shared-work.ts';
import type { Digest } from '../base/digest.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { Repository } from '../image/reference.ts';
import { type SchemeRules, endpointOf } from './endpoint.ts';
import type { Keychain } from './keychain.ts';
import { type ReferrersSupport, listReferrers } from './list-referrers.ts';
import { readBlob } from './read-blob.ts';
import { readManifest } from './read-manifest.ts';
import { readManifestByTag } from './read-tag.ts';
import { RegistryError } from './registry-error.ts';
import type { CallOptions, Descriptor, Manifest, Referrers, Registry } from './registry.ts';
import { resolveTag } from './resolve-tag.ts';
import { RepositorySession, type SessionOptions } from './repository-session.ts';

/** Work in flight, shared by all registries of one factory; one map for each kind of answer. */
export class CallsInFlight {
  readonly tags: SharedWork<Descriptor> = new SharedWork();
  readonly manifests: SharedWork<Manifest> = new SharedWork();
  readonly taggedManifests: SharedWork<Manifest | undefined> = new SharedWork();
  readonly blobs: SharedWork<Buffer> = new SharedWork();
  readonly referrers: SharedWork<Referrers> = new SharedWork();
}

export interface OciRegistryOptions {
  readonly keychain: Keychain;
  readonly session: SessionOptions;
  readonly calls: CallsInFlight;
  readonly schemeRules: SchemeRules;
  readonly referrersSupport: (host: string) => ReferrersSupport;
}

interface Call<Value> extends CallOptions {
  readonly shared: SharedWork<Value>;
  /** What is read, for the key of equal calls and for messages: `tag "1.0"`. */
  readonly what: string;
  readonly work: (session: RepositorySession, host: string) => Promise<Value>;
}

/** {@link Registry} over HTTP, with one set of credentials. */
export class OciRegistry implements Registry {
  readonly scope: string;
  readonly #options: OciRegistryOptions;

  constructor(options: OciRegistryOptions) {
    this.#options = options;
    this.scope = options.keychain.scope;
  }

  resolveTag(repository: Repository, tag: string, options?: CallOptions): Promise<Descriptor> {
    return this.#call(repository, {
      ...options,
      shared: this.#options.calls.tags,
      what: `tag "${tag}"`,
      work: (session) => resolveTag(session, tag),
    });
  }

  manifest(repository: Repository, digest: Digest, options?: CallOptions): Promise<Manifest> {
    return this.#call(repository, {
      ...options,
      shared: this.#options.calls.manifests,
      what: `manifest "${digest}"`,
      work: (session) => readManifest(session, digest),
    });
  }

  manifestByTag(
    repository: Repository,
    tag: string,
    options?: CallOptions,
  ): Promise<Manifest | undefined> {
    return this.#call(repository, {
      ...options,
      shared: this.#options.calls.taggedManifests,
      what: `tag "${tag}"`,
      work: (session) => readManifestByTag(session, tag),
    });
  }

  blob(
    repository: Repository,
    descriptor: Descriptor,
    options: CallOptions & { readonly maxBytes: number },
  ): Promise<Buffer> {
    const { digest, size } = descriptor;
    return this.#call(repository, {
      ...options,
      shared: this.#options.calls.blobs,
      what: `blob "${digest}" of ${size} bytes, limit ${options.maxBytes},`,
      work: (session) => readBlob(session, descriptor, options.maxBytes),
    });
  }

  referrers(repository: Repository, digest: Digest, options?: CallOptions): Promise<Referrers> {
    return this.#call(repository, {
      ...options,
      shared: this.#options.calls.referrers,
      what: `referrers of "${digest}"`,
      work: (session, host) => listReferrers(session, digest, this.#options.referrersSupport(host)),
    });
  }

  async #call<Value>(repository: Repository, call: Call<Value>): Promise<Value> {
    const { keychain, session, schemeRules } = this.#options;
    const endpoint = endpointOf(repository, schemeRules);
    const key = [keychain.scope, repositoryName(repository), call.what].join('\n');
    try {
      return await call.shared.run(key, call.signal, (signal) => {
        const context = { endpoint, keychain, signal };
        return call.work(new RepositorySession(session, context), endpoint.host);
      });
    } catch (cause) {
      if (cause instanceof RegistryError || call.signal?.aborted !== true) throw cause;
      throw new RegistryError(
        'TIMEOUT',
        `Cannot read ${call.what} of "${repositoryName(repository)}": the time for it ran out before registry "${endpoint.host}" had answered`,
        { cause },
      );
    }
  }
}
