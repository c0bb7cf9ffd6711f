import { setTimeout as sleep } from 'node:timers/promises';
import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { Clock } from '#shared/base/clock.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { KubeError } from '#shared/kube/kube-error.ts';
import type { ReportRow } from '#shared/report/report-row.ts';
import { reportRows } from '#shared/report/report-rows.ts';
import { type ReportSubject, subjectOf } from '#shared/report/report-subject.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { isReported } from './is-reported.ts';
import type { ObjectReports } from './object-reports.ts';
import type { ReportTarget } from './report-target.ts';

/**
 * An object is stored only after our answer, and after those of others who are asked at the same time. The garbage
 * collector takes the report of an owner that is not there, so it is written some time later. Milliseconds.
 */
const DELAY = 5_000;

/** What waits holds an object each. What finds no room is made up for by the next background scan. */
const MAX_WAITING = 1_000;

export interface AdmissionReportsOptions {
  readonly reports: ObjectReports;
  readonly target: ReportTarget;
  readonly policies: () => PolicySet | undefined;
  readonly metrics: Pick<Metrics, 'reports'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Milliseconds; tests do not wait. */
  readonly delay?: number;
}

interface Job {
  readonly subject: ReportSubject;
  readonly rows: readonly ReportRow[];
  /** Set where the request brought in only a part of what there is to judge. */
  readonly object: JsonObject | undefined;
  /** By `performance.now()`. */
  readonly due: number;
}

/** Writes reports about what was admitted, long after the answer. */
export class AdmissionReports {
  readonly #options: AdmissionReportsOptions;
  readonly #waiting = new Map<string, Job>();
  #isRunning = false;
  /** What went wrong last; undefined where the last report was written. */
  #trouble: string | undefined;

  constructor(options: AdmissionReportsOptions) {
    this.#options = options;
  }

  /** Takes an admitted request as it will be stored; never throws and never waits. */
  take(request: AdmissionRequest, decision: Decision): void {
    if (!decision.allowed || decision.records.length === 0 || request.dryRun) return;
    if (this.#options.target.wasAbsent()) return;
    const subject = subjectOfRequest(request);
    const policies = this.#options.policies()?.policies;
    if (subject === undefined || policies === undefined) return;
    const { clock, delay = DELAY } = this.#options;
    this.#queue({
      subject,
      rows: reportRows(decision, { policies, process: 'admission review', now: clock.now() }),
      object: request.operation === 'CREATE' ? undefined : request.object,
      due: performance.now() + delay,
    });
  }

  #queue(job: Job): void {
    const { uid } = job.subject;
    if (!this.#waiting.has(uid) && this.#waiting.size >= MAX_WAITING) {
      this.#options.metrics.reports.inc({ result: 'dropped' });
      return;
    }
    // The newest goes to the end of the line.
    this.#waiting.delete(uid);
    this.#waiting.set(uid, job);
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { signal } = this.#options;
    for (let next = this.#first(); next !== undefined && !signal.aborted; next = this.#first()) {
      const wait = Math.max(0, next.due - performance.now());
      if (wait > 0) {
        await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
        continue;
      }
      this.#waiting.delete(next.subject.uid);
      await this.#tell(next);
    }
    this.#isRunning = false;
  }

  #first(): Job | undefined {
    return this.#waiting.values().next().value;
  }

  async #tell({ subject, rows, object }: Job): Promise<void> {
    const { reports, target, metrics, log, signal } = this.#options;
    try {
      const dialect = await target.dialect();
      const set = this.#options.policies();
      if (dialect === undefined || set === undefined) return;
      if (object === undefined) await reports.write(subject, rows, dialect);
      else await reports.refresh(subject, object, { set, dialect, atAdmission: rows, signal });
      this.#trouble = undefined;
    } catch (error) {
      if (signal.aborted) return;
      metrics.reports.inc({ result: 'failed' });
      const { kind, namespace, name } = subject;
      const reason = messageOf(error);
      // Missing rights concern every object: one line is enough.
      const trouble = error instanceof KubeError ? error.code : reason;
      if (trouble !== this.#trouble)
        log.warn({ kind, namespace, name, reason }, 'cannot write a report');
      this.#trouble = trouble;
    }
  }
}

function subjectOfRequest(request: AdmissionRequest): ReportSubject | undefined {
  const { object, group, kind, namespace } = request;
  if (object === undefined || !isReported(object)) return undefined;
  const subject = subjectOf(object);
  // API servers name a Namespace as its own namespace, although it is of the whole cluster.
  const isNamespace = group === '' && kind === 'Namespace';
  return subject && { ...subject, namespace: isNamespace ? '' : namespace };
}
