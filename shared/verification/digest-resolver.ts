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

  /** What {@link resolve} answers without asking anybody. */
  known(registry: Registry, reference: ImageReference): Digest | undefined {
    return reference.digest ?? this.#tags.get(keyOf(registry, reference), FRESH_MS);
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
    const known = this.known(registry, reference);
    if (known !== undefined) return known;
    const key = keyOf(registry, reference);
    try {
      const { digest } = await registry.resolveTag(reference, tagOf(reference), options);
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

function tagOf({ tag }: ImageReference): string {
  return tag ?? 'latest';
}

function keyOf({ scope }: Registry, reference: ImageReference): string {
  return [scope, repositoryName(reference), tagOf(reference)].join(' ');
}
