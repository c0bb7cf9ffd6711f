import type { Clock } from './clock.ts';

interface Entry<Value> {
  readonly value: Value;
  readonly storedAt: number;
  readonly ttl: number;
}

/**
 * A bounded map whose entries expire; entries that were not used for long make room. Times in milliseconds.
 *
 * Two generations instead of an order of use: when the young one is half of the limit it becomes the old
 * one, and the old one is forgotten; using an old entry makes it young again. Nothing is deleted one by
 * one, which would cost a large Map far more than the look-up itself.
 */
export class TtlCache<Value> {
  #young = new Map<string, Entry<Value>>();
  #old = new Map<string, Entry<Value>>();
  readonly #generation: number;
  readonly #clock: Clock;

  constructor(options: { maxEntries: number; clock: Clock }) {
    this.#generation = Math.max(1, Math.floor(options.maxEntries / 2));
    this.#clock = options.clock;
  }

  /** The value if it was stored less than its own time to live ago, and not longer ago than `maxAge`. */
  get(key: string, maxAge: number = Infinity): Value | undefined {
    const young = this.#young.get(key);
    const entry = young ?? this.#old.get(key);
    if (entry === undefined) return undefined;
    const age = this.#clock.now() - entry.storedAt;
    if (age >= entry.ttl || age > maxAge) return undefined;
    if (young === undefined) this.#put(key, entry);
    return entry.value;
  }

  set(key: string, value: Value, ttl: number): void {
    this.#put(key, { value, storedAt: this.#clock.now(), ttl });
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  #put(key: string, entry: Entry<Value>): void {
    if (this.#young.size >= this.#generation && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
  }
}
