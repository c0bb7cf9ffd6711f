import type { Clock } from '../base/clock.ts';
import type { Digest } from '../base/digest.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { ImageReference } from '../image/reference.ts';
import type { CallOptions, Registry } from '../registry/registry.ts';
import { RegistryError, type RegistryErrorCode } from '../registry/registry-error.ts';

/** A rollout of many pods asks once; a tag that was just moved is seen seconds later. Milliseconds. */
const FRESH_MS = 10_000;

/**
 * While the registry cannot be asked, the digest it last named may still be used: it is verified like any
 * other, so the worst case is an older signed image. Milliseconds.
 */
const STALE_MS = 10 * 60_000;

/** A few hundred bytes each. */
const MAX_TAGS = 20_000;

const OUTAGE_CODES: ReadonlySet<RegistryErrorCode> = new Set([
  'UNREACHABLE',
  'TIMEOUT',
  'RATE_LIMITED',
]);

/** Finds the digest behind a reference. Caching never decides: what comes out is verified every time. */
export class DigestResolver {
  readonly #tags: TtlCache<Digest>;

  constructor(clock: Clock) {
    this.#tags = new TtlCache({ maxEntries: MAX_TAGS, clock });
  }

  /**
   * A digest in the reference wins, its tag is never looked at (MUST-NOT-HAPPEN 3).
   * @throws {RegistryError}
   */
  async resolve(
    registry: Registry,
    reference: ImageReference,
    options: CallOptions,
  ): Promise<Digest> {
    if (reference.digest !== undefined) return reference.digest;
    const tag = reference.tag ?? 'latest';
    const key = [registry.scope, repositoryName(reference), tag].join(' ');
    const known = this.#tags.get(key, FRESH_MS);
    if (known !== undefined) return known;
    try {
      const { digest } = await registry.resolveTag(reference, tag, options);
      this.#tags.set(key, digest, STALE_MS);
      return digest;
    } catch (error) {
      const last = this.#tags.get(key);
      if (last !== undefined && error instanceof RegistryError && OUTAGE_CODES.has(error.code))
        return last;
      throw error;
    }
  }
}
