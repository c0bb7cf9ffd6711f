import { type Composed, ComposeFault } from './composed.ts';

/**
 * Values that aliases may add to a document beyond what is written. Kubernetes refuses too when aliases
 * make up most of a big document; no real manifest comes near this, a "billion laughs" passes it at once.
 */
const MAX_ALIASED_VALUES = 50_000;

interface Anchored extends Composed {
  /** Number of values in it, aliases counted in full. */
  readonly size: number;
}

/** The anchors of one document, and how much its aliases have repeated so far. */
export class AnchorTable {
  readonly #anchors = new Map<string, Anchored | 'open'>();
  #repeated = 0;

  clear(): void {
    this.#anchors.clear();
    this.#repeated = 0;
  }

  /** The value of the anchor begins: until it is closed, an alias to it would be endless. */
  open(name: string): void {
    this.#anchors.set(name, 'open');
  }

  close(name: string, anchored: Anchored): void {
    this.#anchors.set(name, anchored);
  }

  /** @throws {ComposeFault} where the alias leads nowhere, into itself, or repeats too much. */
  use(name: string, offset: number): Anchored {
    const target = this.#anchors.get(name);
    if (target === undefined)
      throw new ComposeFault(
        'BAD_ALIAS',
        offset,
        `alias "*${name}" has no anchor "&${name}" before it`,
      );
    if (target === 'open')
      throw new ComposeFault(
        'BAD_ALIAS',
        offset,
        `alias "*${name}" stands inside its own anchor "&${name}"`,
      );
    this.#repeated += target.size;
    if (this.#repeated > MAX_ALIASED_VALUES) {
      throw new ComposeFault(
        'TOO_LARGE',
        offset,
        `aliases repeat more than ${MAX_ALIASED_VALUES} values, expected a document without such repetition`,
      );
    }
    return target;
  }
}
