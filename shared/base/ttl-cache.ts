import type { Clock } from './clock.ts';

interface Entry<Value> {
  readonly value: Value;
  readonly storedAt: number;
  readonly ttl: number;
}

/** A bounded map whose entries expire; the least recently used entry makes room. Times in milliseconds. */
export class TtlCache<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #maxEntries: number;
  readonly #clock: Clock;

  constructor(options: { maxEntries: number; clock: Clock }) {
    this.#maxEntries = options.maxEntries;
    this.#clock = options.clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value if it was stored less than its own time to live ago. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (this.#clock.now() - entry.storedAt >= entry.ttl) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: Value, ttl: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, storedAt: this.#clock.now(), ttl });
    if (this.#entries.size <= this.#maxEntries) return;
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }

  clear(): void {
    this.#entries.clear();
  }
}
