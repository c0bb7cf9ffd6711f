import type { Clock } from '#shared/base/clock.ts';
import { TtlCache } from '#shared/base/ttl-cache.ts';
import type { Kube } from '#shared/kube/kube.ts';
import type { ReportDialect } from '#shared/report/report-dialect.ts';
import { servedDialect } from '#shared/report/served-dialect.ts';

/** The definitions may come and go at any time; asking costs two small requests. Milliseconds. */
const KNOWN_FOR_MS = 15_000;

/** Finds out which reports the cluster has definitions for. */
export class ReportTarget {
  readonly #kube: Pick<Kube, 'serves'>;
  readonly #known: TtlCache<ReportDialect | 'none'>;
  #isAbsent = false;

  constructor(kube: Pick<Kube, 'serves'>, clock: Clock) {
    this.#kube = kube;
    this.#known = new TtlCache({ maxEntries: 2, clock });
  }

  /**
   * Undefined where there are none, and none are written.
   * @throws {KubeError} where that cannot be found out.
   */
  async dialect(): Promise<ReportDialect | undefined> {
    const known = this.#known.get('dialect') ?? (await this.#look());
    return known === 'none' ? undefined : known;
  }

  /** Whether there were none when somebody last looked; now and then that makes somebody look again. */
  wasAbsent(): boolean {
    if (this.#isAbsent && this.#known.get('dialect') === undefined) {
      // One who asks is enough.
      this.#known.set('dialect', 'none', KNOWN_FOR_MS);
      this.#look().catch(() => undefined);
    }
    return this.#isAbsent;
  }

  async #look(): Promise<ReportDialect | 'none'> {
    const found = (await servedDialect(this.#kube)) ?? 'none';
    this.#known.set('dialect', found, KNOWN_FOR_MS);
    this.#isAbsent = found === 'none';
    return found;
  }
}
