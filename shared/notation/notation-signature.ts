import type { Digest } from '../base/digest.ts';
import type { RegistryError } from '../registry/registry-error.ts';

/** A signature envelope as it was found in a registry. */
export interface NotationSignature {
  /** Media type of the layer that holds it. */
  readonly envelopeType: string;
  readonly envelope: Buffer;
  /** For messages and caches, never for trust. */
  readonly source: {
    readonly place: 'referrers-api' | 'fallback-tag';
    /** `registry/path` it was read from. */
    readonly repository: string;
    readonly manifestDigest: Digest;
  };
}

/** Something at a signature's place that could not be read; told to the user, never hides a good one. */
export interface NotationOddity {
  readonly source: string;
  readonly message: string;
}

/** A search's results. Complete only while `problems` is empty. */
export interface NotationFindings<Item> {
  readonly items: readonly Item[];
  readonly oddities: readonly NotationOddity[];
  /** Places that could not be looked at: without an accepted signature the answer is "unknown". */
  readonly problems: readonly RegistryError[];
}
