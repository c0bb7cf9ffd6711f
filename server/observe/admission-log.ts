import type { Decision } from '#shared/admission/decision.ts';
import { WORKLOAD_KINDS } from '#shared/workload/kinds.ts';
import type { Stage } from '../admission/answer.ts';
import type { Review } from '../admission/review.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

const KNOWN_KINDS: ReadonlySet<string> = new Set(WORKLOAD_KINDS.map(({ kind }) => kind));

/** What is known of a request when it is over. */
export interface FinishedRequest {
  readonly stage: Stage;
  /** Undefined where the request was no AdmissionReview. */
  readonly answered: { readonly review: Review; readonly decision: Decision } | undefined;
  readonly seconds: number;
}

/** Who else wants to know what was admitted as it will be stored. */
export interface AdmissionListener {
  take(request: Review['request'], decision: Decision): void;
}

/** Counts and logs admission requests: one line each, nothing of the object but its name. */
export interface AdmissionLog {
  started(): void;
  finished(request: FinishedRequest): void;
}

export function createAdmissionLog(
  log: Log,
  metrics: Metrics,
  listener?: AdmissionListener,
): AdmissionLog {
  return {
    started: () => metrics.inFlight.inc(),
    finished({ stage, answered, seconds }) {
      metrics.inFlight.dec();
      const decision = answered?.decision.outcome ?? 'bad_request';
      metrics.duration.observe({ stage, decision }, seconds);
      metrics.requests.inc({ stage, decision, ...requestLabels(answered?.review) });
      if (answered === undefined) return;
      countVerdicts(metrics, answered.decision);
      if (stage === 'validate') listener?.take(answered.review.request, answered.decision);
      const level = isQuiet(answered.decision) ? 'debug' : 'info';
      if (log.isLevelEnabled(level))
        log[level](logValues({ stage, answered, seconds }), 'admission');
    },
  };
}

/** Most requests of a cluster are admitted without a word; metrics count them, and the API server's audit log has what was pinned. */
function isQuiet({ allowed, warnings, records }: Decision): boolean {
  return (
    allowed && warnings.length === 0 && records.every(({ waivedBy }) => waivedBy === undefined)
  );
}

function requestLabels(
  review: Review | undefined,
): Record<'operation' | 'kind' | 'dry_run', string> {
  if (review === undefined) return { operation: 'unknown', kind: 'unknown', dry_run: 'unknown' };
  const { operation, kind, dryRun } = review.request;
  return { operation, kind: kindLabel(kind), dry_run: String(dryRun) };
}

function countVerdicts(metrics: Metrics, decision: Decision): void {
  for (const { verdict, waivedBy } of decision.records) {
    metrics.verifications.inc({ result: verdict.kind });
    if (waivedBy !== undefined) metrics.waived.inc({ by: waivedBy });
  }
}

/** Anybody who reaches the port can send any kind: only known ones become label values. */
function kindLabel(kind: string): string {
  return KNOWN_KINDS.has(kind) ? kind : 'other';
}

function logValues({
  stage,
  answered: { review, decision },
  seconds,
}: FinishedRequest & { answered: object }): object {
  const { operation, kind, namespace, name, dryRun, subresource } = review.request;
  return {
    uid: review.uid,
    stage,
    operation,
    kind: subresource === '' ? kind : `${kind}/${subresource}`,
    namespace,
    name,
    dryRun,
    outcome: decision.outcome,
    pinned: decision.images.filter((image) => image.pinned !== undefined).length,
    ...waivedValues(decision),
    milliseconds: Math.round(seconds * 1e5) / 100,
    ...(decision.allowed ? {} : { reason: decision.message }),
  };
}

/** Who was let off what: the one place in which every use of an exception or a bypass is written down. */
function waivedValues({ records }: Decision): object {
  const waived = records.flatMap(({ policy, rule, image, waivedBy, verdict }) =>
    waivedBy === undefined ? [] : [{ policy, rule, image, by: waivedBy, message: verdict.message }],
  );
  return waived.length === 0 ? {} : { waived };
}
