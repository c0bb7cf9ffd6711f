import type { Digest } from '../base/digest.ts';
import type { ImageReference } from '../image/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { ImageVerifier } from '../verification/image-verifier.ts';
import type { ResolvedImage } from '../verification/resolved-image.ts';

export interface RequestDigestsOptions {
  readonly verifier: ImageVerifier;
  readonly signal: AbortSignal | undefined;
}

/**
 * What tags stand for in one request. Each is resolved once, with the credentials of whoever asks first; the
 * digest then counts for all, so that two policies never judge two images under one name (MUST-NOT-HAPPEN 1). Other
 * credentials are tried only where those before could not see it.
 */
export class RequestDigests {
  readonly #options: RequestDigestsOptions;
  readonly #attempts = new Map<string, Map<Registry, Digest | Promise<Digest>>>();

  constructor(options: RequestDigestsOptions) {
    this.#options = options;
  }

  /** @throws {RegistryError} if the digest behind the tag cannot be found out. */
  async resolve(registry: Registry, reference: ImageReference): Promise<ResolvedImage> {
    return { reference, digest: await this.#digest(registry, reference), registry };
  }

  #digest(registry: Registry, reference: ImageReference): Digest | Promise<Digest> {
    const attempts =
      this.#attempts.get(reference.written) ?? new Map<Registry, Digest | Promise<Digest>>();
    this.#attempts.set(reference.written, attempts);
    const known = attempts.get(registry);
    if (known !== undefined) return known;
    const before = [...attempts.values()].at(-1);
    const digest =
      before instanceof Promise
        ? before.catch(async () => this.#ask(registry, reference))
        : (before ?? this.#ask(registry, reference));
    attempts.set(registry, digest);
    return digest;
  }

  #ask(registry: Registry, reference: ImageReference): Digest | Promise<Digest> {
    const { verifier, signal } = this.#options;
    return (
      verifier.knownDigest(registry, reference) ??
      verifier.resolve(registry, reference, signal).then(({ digest }) => digest)
    );
  }
}
