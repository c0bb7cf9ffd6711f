import { messageOf } from '../base/coded-error.ts';
import type { Clock } from '../base/clock.ts';
import type { TrustMaterial } from './trust-material.ts';
import type { TrustRootSource } from './trust-root-source.ts';
import type { TrustRoots } from './trust-roots.ts';
import type { ReadTrustedRoot } from './trusted-root.ts';

/** After a failure, for as long as there has been no success: the cluster waits for it. Milliseconds. */
const RETRY_MS = 30_000;

/** How one trust root is doing. */
export interface TrustRootStatus {
  /** Undefined for the default one. */
  readonly name: string | undefined;
  readonly source: string;
  /** `fallback`: a copy stands in until the source answers. */
  readonly state: 'current' | 'fallback' | 'missing';
  readonly hash: string | undefined;
  /** When the source last answered, milliseconds since the epoch. */
  readonly loadedAt: number | undefined;
  /** Why the last attempt failed; undefined after a success. */
  readonly error: string | undefined;
  readonly warnings: readonly string[];
}

export interface LiveTrustRootsOptions {
  readonly clock: Clock;
  readonly sources: ReadonlyMap<string | undefined, TrustRootSource>;
  /** Told after every change of a root's state. */
  readonly onChange?: (status: TrustRootStatus) => void;
}

/**
 * Trust roots that refresh themselves in the background. Asking never waits and never fails; what was good
 * last stays until something better is there.
 */
export class LiveTrustRoots implements TrustRoots {
  readonly #roots: ReadonlyMap<string | undefined, LiveRoot>;
  readonly #timers = new Map<LiveRoot, NodeJS.Timeout>();
  #isClosed = false;

  constructor({ clock, sources, onChange }: LiveTrustRootsOptions) {
    const entries = [...sources].map(
      ([name, source]) => [name, new LiveRoot(name, source, { clock, onChange })] as const,
    );
    this.#roots = new Map(entries);
  }

  get(name: string | undefined): TrustMaterial | undefined {
    return this.#roots.get(name)?.material;
  }

  /** Every root's state, for readiness, metrics and `status`. */
  status(): readonly TrustRootStatus[] {
    return [...this.#roots.values()].map((root) => root.status());
  }

  /** Lets stand-ins take effect where there is nothing better yet; asks no source. Never rejects. */
  async standIn(): Promise<void> {
    await Promise.all([...this.#roots.values()].map(async (root) => root.useFallback()));
  }

  /**
   * Lets stand-ins take effect, then refreshes for as long as the process lives. Resolves when every root
   * has something to be asked for, or was tried once.
   */
  async start(): Promise<void> {
    await this.standIn();
    const roots = [...this.#roots.values()];
    const first = roots.map(async (root) => this.#refresh(root));
    const waiting = first.filter((_, index) => roots[index]?.material === undefined);
    await Promise.all(waiting);
  }

  /** Asks every source once and waits for the answers: what a command does that runs once. Never rejects. */
  async refresh(): Promise<void> {
    await Promise.all([...this.#roots.values()].map(async (root) => root.refresh()));
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #refresh(root: LiveRoot): Promise<void> {
    const isGood = await root.refresh();
    if (this.#isClosed) return;
    const delay = isGood ? root.refreshMs : Math.min(RETRY_MS, root.refreshMs);
    // The next attempt must not keep a process alive that has nothing else to do.
    const timer = setTimeout(() => void this.#refresh(root), delay).unref();
    this.#timers.set(root, timer);
  }
}

class LiveRoot {
  readonly #name: string | undefined;
  readonly #source: TrustRootSource;
  readonly #clock: Clock;
  readonly #onChange: ((status: TrustRootStatus) => void) | undefined;
  #read: ReadTrustedRoot | undefined;
  #loadedAt: number | undefined;
  #error: string | undefined;

  constructor(
    name: string | undefined,
    source: TrustRootSource,
    options: {
      readonly clock: Clock;
      readonly onChange: ((status: TrustRootStatus) => void) | undefined;
    },
  ) {
    this.#name = name;
    this.#source = source;
    this.#clock = options.clock;
    this.#onChange = options.onChange;
  }

  get material(): TrustMaterial | undefined {
    return this.#read?.material;
  }

  get refreshMs(): number {
    return this.#source.refreshMs;
  }

  async useFallback(): Promise<void> {
    try {
      this.#read ??= await this.#source.fallback?.();
    } catch (error) {
      this.#error = messageOf(error);
    }
  }

  /** @returns whether the source answered. */
  async refresh(): Promise<boolean> {
    const before = this.#summary();
    try {
      this.#read = await this.#source.load();
      this.#loadedAt = this.#clock.now();
      this.#error = undefined;
    } catch (error) {
      this.#error = messageOf(error);
    }
    if (this.#summary() !== before) this.#onChange?.(this.status());
    return this.#error === undefined;
  }

  status(): TrustRootStatus {
    return {
      name: this.#name,
      source: this.#source.description,
      state: this.#state(),
      hash: this.#read?.material.hash,
      loadedAt: this.#loadedAt,
      error: this.#error,
      warnings: (this.#read?.faults ?? []).map(({ path, message }) =>
        path === '' ? message : `${path}: ${message}`,
      ),
    };
  }

  #state(): TrustRootStatus['state'] {
    if (this.#read === undefined) return 'missing';
    return this.#loadedAt === undefined ? 'fallback' : 'current';
  }

  #summary(): string {
    return JSON.stringify([this.#state(), this.#read?.material.hash ?? '', this.#error ?? '']);
  }
}
