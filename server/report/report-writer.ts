import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube, KubeObject } from '#shared/kube/kube.ts';
import { policyReport } from '#shared/report/policy-report.ts';
import type { ReportDialect } from '#shared/report/report-dialect.ts';
import type { ReportRow } from '#shared/report/report-row.ts';
import { reportName, type ReportSubject } from '#shared/report/report-subject.ts';

/** Who owns, by server-side apply, what is in our reports. */
const FIELD_MANAGER = 'sign-policy-reports';

/** Reports are for people, and an API server has better to do than to store them. Milliseconds between two writes. */
const PAUSE = 50;

/** Writes reports, slowly. */
export class ReportWriter {
  readonly #kube: Kube;
  readonly #pause: number;
  readonly #signal: AbortSignal;
  #next = 0;

  /** @param options.pause milliseconds between two writes; tests do not wait. */
  constructor(kube: Kube, options: { readonly signal: AbortSignal; readonly pause?: number }) {
    this.#kube = kube;
    this.#pause = options.pause ?? PAUSE;
    this.#signal = options.signal;
  }

  /**
   * Makes the report about an object say this, or go where there is nothing to say.
   * @throws {KubeError} where it cannot be written, and where the server stops.
   */
  async write(
    subject: ReportSubject,
    rows: readonly ReportRow[],
    dialect: ReportDialect,
  ): Promise<'written' | 'deleted'> {
    await this.#turn();
    const name = reportName(subject, dialect);
    if (rows.length === 0) {
      await this.#kube.delete(name);
      return 'deleted';
    }
    const report = policyReport(subject, rows, dialect);
    await this.#kube.apply(name, report, { fieldManager: FIELD_MANAGER, force: true });
    return 'written';
  }

  /** What is there now. */
  async read(subject: ReportSubject, dialect: ReportDialect): Promise<KubeObject | undefined> {
    return this.#kube.get(reportName(subject, dialect));
  }

  async #turn(): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#pause;
    if (at > now) await sleep(at - now, undefined, { signal: this.#signal, ref: false });
  }
}
