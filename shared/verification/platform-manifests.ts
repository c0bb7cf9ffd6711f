import type { Clock } from '../base/clock.ts';
import type { Digest } from '../base/digest.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { CallOptions, Descriptor, Manifest } from '../registry/registry.ts';
import { RegistryError, type RegistryErrorCode } from '../registry/registry-error.ts';
import type { ResolvedImage } from './resolved-image.ts';

/** One manifest of an index that a node could run. */
export interface PlatformManifest {
  readonly digest: Digest;
  /** `linux/arm64/v8`; `any platform` where the index does not say. */
  readonly platform: string;
}

/** An index never changes under its digest; the limit is about memory only. Milliseconds. */
const KEEP_MS = 60 * 60_000;

/** Images for every platform that Docker or Go knows have about 20 manifests; each costs a few requests. */
export const MAX_PLATFORMS: number = 32;

/** A few hundred bytes each, a few thousand at most. */
const MAX_INDEXES = 5_000;

/** Answers that tell something about the image, as opposed to about the way to it. */
const CONTENT_CODES: ReadonlySet<RegistryErrorCode> = new Set([
  'NOT_FOUND',
  'TOO_LARGE',
  'DIGEST_MISMATCH',
  'MALFORMED',
]);

/** The manifests behind image indexes, remembered by digest. */
export class PlatformManifests {
  readonly #known: TtlCache<readonly PlatformManifest[]>;

  constructor(clock: Clock) {
    this.#known = new TtlCache({ maxEntries: MAX_INDEXES, clock });
  }

  /** What {@link find} said of this image before; empty if nothing. */
  known(image: ResolvedImage): readonly PlatformManifest[] {
    return this.#known.get(keyOf(image)) ?? [];
  }

  /**
   * The manifests of an index that could run, by one request; none for an image of one platform, or one
   * that cannot be read.
   * @throws {RegistryError} if that cannot be found out.
   */
  async find(image: ResolvedImage, options: CallOptions): Promise<readonly PlatformManifest[]> {
    const known = this.#known.get(keyOf(image));
    if (known !== undefined) return known;
    try {
      const manifest = await image.registry.manifest(image.reference, image.digest, options);
      const found = runnable(manifest);
      if (found.length <= MAX_PLATFORMS) this.#known.set(keyOf(image), found, KEEP_MS);
      return found;
    } catch (error) {
      if (error instanceof RegistryError && CONTENT_CODES.has(error.code)) return [];
      throw error;
    }
  }
}

function keyOf({ registry, reference, digest }: ResolvedImage): string {
  return [registry.scope, repositoryName(reference), digest].join(' ');
}

/**
 * Only what says that no platform runs it is left out (`unknown/unknown`, as BuildKit marks its
 * attestations): container runtimes look into a manifest without a platform, and take no notice of
 * annotations, so leaving out more would let an unsigned manifest run.
 */
function runnable(manifest: Manifest): readonly PlatformManifest[] {
  if (manifest.kind === 'image') return [];
  const children = manifest.manifests
    .filter(({ platform }) => platform?.os !== 'unknown' || platform.architecture !== 'unknown')
    .map((descriptor) => ({ digest: descriptor.digest, platform: nameOf(descriptor) }));
  return [...new Map(children.map((child) => [child.digest, child])).values()];
}

function nameOf({ platform: { os, architecture, variant } = {} }: Descriptor): string {
  const parts = [os, architecture, variant].filter((part) => part !== undefined && part !== '');
  return parts.length === 0 ? 'any platform' : parts.join('/').replaceAll(/[^\w./-]/g, '?');
}
