import { messageOf } from '#shared/base/coded-error.ts';
import type { Clock } from '#shared/base/clock.ts';
import { stringAt } from '#shared/base/json-value.ts';
import { Limiter } from '#shared/base/limiter.ts';
import type { Kube, KubeObject, ResourceName } from '#shared/kube/kube.ts';
import { storedContent } from '#shared/report/report-content.ts';
import type { ReportDialect } from '#shared/report/report-dialect.ts';
import { REPORT_SELECTOR } from '#shared/report/report-row.ts';
import { reportName, subjectOf } from '#shared/report/report-subject.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { repeat } from '../repeat.ts';
import type { ObjectReports } from '../report/object-reports.ts';
import type { ReportTarget } from '../report/report-target.ts';
import { policyFingerprint } from './policy-fingerprint.ts';
import { storedObjects } from './stored-objects.ts';

/** How soon a scan follows policies that changed, and a leader that is gone. Milliseconds. */
const LOOK_INTERVAL = 10_000;

/** After a scan that failed as a whole: an API server that restarts, rights that are missing. Milliseconds. */
const RETRY_INTERVAL = 60_000;

/** Objects judged at the same time: a scan has all the time, and registries have others to serve. */
const CONCURRENCY = 2;

/** Who of several replicas scans. */
export interface Leadership {
  /** Whether it is this process now; asked again and again. */
  hold(): Promise<boolean>;
  release(): Promise<void>;
}

export interface BackgroundScanOptions {
  readonly kube: Pick<Kube, 'get' | 'list'>;
  readonly leadership: Leadership;
  readonly target: ReportTarget;
  readonly reports: ObjectReports;
  readonly policies: () => PolicySet | undefined;
  readonly isExempt: (namespace: string) => boolean;
  /** Milliseconds from the end of a scan to the next one. */
  readonly interval: number;
  readonly metrics: Pick<Metrics, 'reports' | 'scanTime'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Milliseconds; tests do not wait. */
  readonly look?: number;
}

/** What a scan is about. */
interface Matter {
  readonly set: PolicySet;
  readonly dialect: ReportDialect;
  /** Tells whether it is the same matter. */
  readonly fingerprint: string;
}

interface Scan extends Matter {
  readonly stop: AbortController;
}

/**
 * Judges from time to time what is in the cluster already, so that there are reports about it; at once when policies
 * change. One replica does so for all.
 */
export class BackgroundScan {
  readonly #options: BackgroundScanOptions;
  #running: Scan | undefined;
  #last: { readonly fingerprint: string; readonly nextAt: number } | undefined;
  #trouble: string | undefined;

  constructor(options: BackgroundScanOptions) {
    this.#options = options;
    const { signal, look = LOOK_INTERVAL } = options;
    repeat(() => this.#look(), {
      interval: look,
      signal,
      onError: (error) => this.#warn(messageOf(error)),
    });
    signal.addEventListener('abort', () => this.#leave(), { once: true });
  }

  async #look(): Promise<void> {
    const matter = await this.#matter();
    if (matter?.fingerprint !== this.#running?.fingerprint) this.#stop();
    if (matter === undefined || this.#running !== undefined || !this.#isDue(matter)) return;
    const scan = { ...matter, stop: new AbortController() };
    this.#running = scan;
    void this.#scan(scan);
  }

  /** What there is to scan for this process; undefined for nothing. */
  async #matter(): Promise<Matter | undefined> {
    const { target, leadership, policies, signal } = this.#options;
    const set = policies();
    const dialect = await target.dialect();
    if (set === undefined || dialect === undefined || !(await leadership.hold())) return undefined;
    if (signal.aborted) return undefined;
    return { set, dialect, fingerprint: policyFingerprint(set) + dialect.name };
  }

  #isDue({ fingerprint }: Matter): boolean {
    return this.#last?.fingerprint !== fingerprint || performance.now() >= this.#last.nextAt;
  }

  async #scan(scan: Scan): Promise<void> {
    const { log, metrics, clock, interval } = this.#options;
    const started = performance.now();
    let wait = interval;
    try {
      const objects = await this.#judgeAll(scan);
      if (scan.stop.signal.aborted) return;
      metrics.scanTime.set(clock.now() / 1000);
      log.info({ objects, seconds: secondsSince(started) }, 'background scan');
      this.#trouble = undefined;
    } catch (error) {
      wait = Math.min(interval, RETRY_INTERVAL);
      this.#warn(messageOf(error));
    }
    if (this.#running !== scan) return;
    this.#running = undefined;
    this.#last = { fingerprint: scan.fingerprint, nextAt: performance.now() + wait };
  }

  /** How many objects there are. */
  async #judgeAll(scan: Scan): Promise<number> {
    const { kube, isExempt } = this.#options;
    const contents = await this.#contents(scan.dialect);
    // Nothing to say, and nothing to take back.
    if (contents.size === 0 && scan.set.inBackground.length === 0) return 0;
    const names = await storedObjects(kube, isExempt);
    const limiter = new Limiter(CONCURRENCY);
    await Promise.all(
      names.map((name) =>
        limiter.run(async () => {
          if (!scan.stop.signal.aborted) await this.#judgeOne(name, scan, contents);
        }),
      ),
    );
    return names.length;
  }

  async #judgeOne(
    name: ResourceName,
    { set, dialect, stop: { signal } }: Scan,
    contents: ReadonlyMap<string, string>,
  ): Promise<void> {
    const { kube, reports, metrics } = this.#options;
    try {
      const object = await kube.get(name);
      const subject = object && subjectOf(object);
      if (object === undefined || subject === undefined || isEnding(object)) return;
      const report = reportName(subject, dialect);
      const content = contents.get(keyOf(report)) ?? storedContent(undefined);
      await reports.refresh(subject, object, { set, dialect, content, signal });
    } catch (error) {
      if (signal.aborted) return;
      metrics.reports.inc({ result: 'failed' });
      this.#warn(messageOf(error));
    }
  }

  /** What the reports say that are there. */
  async #contents(dialect: ReportDialect): Promise<ReadonlyMap<string, string>> {
    const found = await this.#options.kube.list(dialect.namespaced, {
      labelSelector: REPORT_SELECTOR,
      metadata: ['annotations'],
    });
    return new Map(
      (found ?? []).map((report) => {
        const { name } = report.metadata;
        const namespace = stringAt(report.metadata, 'namespace');
        return [keyOf({ name, namespace }), storedContent(report)];
      }),
    );
  }

  #stop(): void {
    this.#running?.stop.abort();
    this.#running = undefined;
  }

  #leave(): void {
    this.#stop();
    this.#options.leadership.release().catch((error: unknown) => this.#warn(messageOf(error)));
  }

  /** Once for the same trouble, which may be that of every object. */
  #warn(reason: string): void {
    if (reason !== this.#trouble)
      this.#options.log.warn({ reason }, 'cannot scan in the background');
    this.#trouble = reason;
  }
}

function isEnding({ metadata }: KubeObject): boolean {
  return stringAt(metadata, 'deletionTimestamp') !== undefined;
}

function keyOf({ namespace = '', name }: Pick<ResourceName, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function secondsSince(started: number): number {
  return Math.round((performance.now() - started) / 100) / 10;
}
