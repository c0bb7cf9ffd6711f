import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Admit } from '#shared/admission/admit.ts';
import type { RequestFacts } from '#shared/admission/request-facts.ts';
import type { Clock } from '#shared/base/clock.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { Lease } from '#shared/kube/lease.ts';
import { EXEMPT_NAMESPACES } from '#shared/workload/exempt-namespaces.ts';
import type { WebhookConfig } from '../config.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { BackgroundScan } from '../scan/background-scan.ts';
import { AdmissionReports } from './admission-reports.ts';
import { createJudgeStored } from './judge-stored.ts';
import { ObjectReports } from './object-reports.ts';
import { ReportTarget } from './report-target.ts';
import { ReportWriter } from './report-writer.ts';

/** The Lease by which replicas agree who scans. RBAC allows this one. */
const LEASE = 'sign-policy-background-scan';

export interface StartReportsOptions {
  readonly config: WebhookConfig;
  readonly kube: Kube;
  readonly admit: Admit;
  readonly facts: ((request: AdmissionRequest) => RequestFacts) | undefined;
  readonly policies: () => PolicySet | undefined;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Starts to write reports, as soon as the cluster has definitions for them. */
export function startReports(options: StartReportsOptions): AdmissionReports {
  const { config, kube, policies, metrics, clock, log, signal } = options;
  const common = {
    reports: new ObjectReports({
      judge: createJudgeStored(options),
      writer: new ReportWriter(kube, { signal }),
      metrics,
    }),
    target: new ReportTarget(kube, clock),
    policies,
    metrics,
    clock,
    log,
    signal,
  };
  const exempt = new Set([...EXEMPT_NAMESPACES, ...config.exemptNamespaces]);
  if (config.scanMinutes > 0) {
    const holder = `${hostname()}_${randomUUID()}`;
    // Keeps itself alive.
    void new BackgroundScan({
      ...common,
      kube,
      leadership: new Lease(kube, { name: LEASE, namespace: config.namespace, holder }),
      isExempt: (namespace) => exempt.has(namespace),
      interval: config.scanMinutes * 60_000,
    });
  }
  return new AdmissionReports(common);
}
