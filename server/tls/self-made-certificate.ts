import type { Clock } from '#shared/base/clock.ts';
import { repeat } from '../repeat.ts';
import { parseServingCertificate, type ServingCertificate } from './certificate.ts';
import type { CertificateSource } from './certificate-source.ts';
import { renewSelfMade, type SelfMade } from './self-made.ts';
import { createMemoryStore, type SelfMadeStore } from './self-made-store.ts';

export interface SelfMadeCertificateOptions {
  readonly store: SelfMadeStore;
  readonly names: readonly string[];
  readonly clock: Clock;
  /** Makes the CA known to the callers; called at every look, must be cheap when nothing changed. */
  readonly publish: (authorities: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Milliseconds between two looks. */
  readonly interval?: number;
}

/**
 * How often the store is read and the CA compared with what the cluster holds: a configuration that was
 * just installed, or was reset by somebody, gets its CA within this time.
 */
const LOOK_INTERVAL = 10_000;

/**
 * A certificate of our own making, kept in a store, renewed in time, with its CA published. A store or a
 * cluster that fails does not stop the server: what it has stays in use, and the next look tries again.
 */
export async function openSelfMadeCertificate(
  options: SelfMadeCertificateOptions,
): Promise<CertificateSource> {
  const keeper = new SelfMadeKeeper(options);
  const first = await keeper.look();
  return {
    first,
    follow(onChange, signal) {
      let current = first.fingerprint;
      const lookAgain = async (): Promise<void> => {
        const next = await keeper.look();
        if (next.fingerprint === current || signal.aborted) return;
        current = next.fingerprint;
        onChange(next);
      };
      repeat(lookAgain, { ...options, interval: options.interval ?? LOOK_INTERVAL, signal });
    },
  };
}

class SelfMadeKeeper {
  readonly #options: SelfMadeCertificateOptions;
  readonly #spare: SelfMadeStore = createMemoryStore();

  constructor(options: SelfMadeCertificateOptions) {
    this.#options = options;
  }

  /** Reads, renews, publishes; rejects only if there is no usable certificate at all. */
  async look(): Promise<ServingCertificate> {
    const material = await this.#renewed();
    await this.#attempt(() => this.#options.publish(material.authorities));
    return parseServingCertificate(material.certificate, material.key);
  }

  async #renewed(): Promise<SelfMade> {
    const { store } = this.#options;
    const stored = await this.#attempt(() => store.load());
    const next = await this.#renew(stored ?? (await this.#spare.load()));
    const inUse = next === stored ? next : await this.#store(next);
    await this.#spare.save(inUse);
    return inUse;
  }

  /** Another replica may have renewed at the same moment: what the store holds afterwards is what counts. */
  async #store(material: SelfMade): Promise<SelfMade> {
    const { store } = this.#options;
    await this.#attempt(() => store.save(material));
    const stored = await this.#attempt(() => store.load());
    return stored !== undefined && (await this.#renew(stored)) === stored ? stored : material;
  }

  #renew(current: SelfMade | undefined): Promise<SelfMade> {
    const { names, clock } = this.#options;
    return renewSelfMade(current, { names, now: clock.now() });
  }

  async #attempt<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#options.onError(error);
      return undefined;
    }
  }
}
