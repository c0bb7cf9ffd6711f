import { collectDefaultMetrics, Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What fast means: below 5 ms is excellent, below 100 ms is acceptable; seconds. */
const ADMISSION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A registry far away answers in seconds; seconds. */
const REGISTRY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Every metric of the webhook. Labels are of a few known values, never names of images or Pods. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'stage' | 'operation' | 'kind' | 'decision' | 'dry_run'>;
  readonly duration: Histogram<'stage' | 'decision'>;
  readonly inFlight: Gauge;
  readonly verifications: Counter<'result'>;
  readonly waived: Counter<'by'>;
  readonly reports: Counter<'result'>;
  readonly scanTime: Gauge;
  readonly registryDuration: Histogram<'code'>;
  readonly policies: Gauge;
  readonly policyProblems: Gauge;
  readonly certificateExpiry: Gauge;
  readonly trustRootTime: Gauge;
}

/** Creates all metrics in `registry`. */
export function createMetrics(registry: Registry, version: string): Metrics {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  tellVersion(registry, version);
  return {
    registry,
    requests: new Counter({
      name: 'sign_policy_admission_requests_total',
      help: 'Admission requests by what became of them',
      labelNames: ['stage', 'operation', 'kind', 'decision', 'dry_run'],
      registers,
    }),
    duration: new Histogram({
      name: 'sign_policy_admission_duration_seconds',
      help: 'Time from the first byte of an admission request to its answer',
      labelNames: ['stage', 'decision'],
      buckets: ADMISSION_BUCKETS,
      registers,
    }),
    inFlight: gauge('sign_policy_admission_in_flight', 'Admission requests being answered now'),
    verifications: new Counter({
      name: 'sign_policy_verifications_total',
      help: 'Verdicts of rules on images',
      labelNames: ['result'],
      registers,
    }),
    waived: new Counter({
      name: 'sign_policy_waived_rules_total',
      help: 'Rules that were not asked although they applied, by an exception or a bypass',
      labelNames: ['by'],
      registers,
    }),
    ...reportMetrics(registry),
    registryDuration: new Histogram({
      name: 'sign_policy_registry_request_duration_seconds',
      help: 'Time of requests to container registries by HTTP status',
      labelNames: ['code'],
      buckets: REGISTRY_BUCKETS,
      registers,
    }),
    policies: gauge('sign_policy_policies', 'Policies in force'),
    policyProblems: gauge(
      'sign_policy_policy_problems',
      'Policies or files whose newest version cannot be used',
    ),
    certificateExpiry: gauge(
      'sign_policy_certificate_expiry_timestamp_seconds',
      'End of the serving certificate, seconds since the epoch',
    ),
    trustRootTime: gauge(
      'sign_policy_trust_root_timestamp_seconds',
      'When the source of the trust root last answered, seconds since the epoch; 0 while a copy stands in',
    ),
  };

  function gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers });
  }
}

function tellVersion(registry: Registry, version: string): void {
  new Gauge({
    name: 'sign_policy_build_info',
    help: 'Always 1; the version is in the label',
    labelNames: ['version', 'node_version'],
    registers: [registry],
  }).set({ version, node_version: process.version }, 1);
}

function reportMetrics(registry: Registry): Pick<Metrics, 'reports' | 'scanTime'> {
  const registers = [registry];
  return {
    reports: new Counter({
      name: 'sign_policy_policy_reports_total',
      help: 'Reports about objects by what became of them',
      labelNames: ['result'],
      registers,
    }),
    scanTime: new Gauge({
      name: 'sign_policy_background_scan_timestamp_seconds',
      help: 'When this replica last finished judging all objects that are there, seconds since the epoch',
      registers,
    }),
  };
}
