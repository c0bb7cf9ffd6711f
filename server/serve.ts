import { Registry } from 'prom-client';
import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Admit } from '#shared/admission/admit.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import type { Clock } from '#shared/base/clock.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { needsTrustRoot } from '#shared/policy/needs-trust-root.ts';
import type { LiveTrustRoots } from '#shared/trust/live-trust-roots.ts';
import type { TrustRoots } from '#shared/trust/trust-roots.ts';
import { ClusterFacts } from './admission/cluster-facts.ts';
import { createJudge } from './admission/judge.ts';
import type { ReviewHandlerOptions } from './admission/review-handler.ts';
import { createApp, createHealthApp } from './app.ts';
import { type Endpoint, formatEndpoint, type WebhookConfig } from './config.ts';
import { drain, type DrainOptions } from './drain.ts';
import {
  createProbeServer,
  createWebhookServer,
  listen,
  replaceCertificate,
} from './https-server.ts';
import { createAdmissionLog } from './observe/admission-log.ts';
import type { HealthCheck } from './observe/health.ts';
import type { Log } from './observe/log.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { startClusterExceptions } from './policy/cluster-exceptions.ts';
import { startClusterSource } from './policy/cluster-source.ts';
import { startDirectorySource } from './policy/directory-source.ts';
import type { PolicyReading } from './policy/policy-reading.ts';
import type { PolicySet } from './policy/policy-set.ts';
import { PolicyStore } from './policy/policy-store.ts';
import { StatusWriter } from './policy/status-writer.ts';
import { startReports } from './report/start-reports.ts';
import { KindRegistration } from './registration/kind-registration.ts';
import type { CertificateSource } from './tls/certificate-source.ts';
import type { ServingCertificate } from './tls/certificate.ts';
import { openCertificate } from './tls/open-certificate.ts';
import { openTrustRoots } from './trust/open-trust-roots.ts';
import { trustRootCheck, trustRootTime } from './trust/trust-root-check.ts';

/** What an engine is made with, besides what it is told by its flags. */
interface EngineParts {
  readonly metrics: Metrics;
  readonly trustRoots: TrustRoots;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal;
}

/** What the server is made of; tests put in their own engine. */
export interface ServeOptions {
  readonly config: WebhookConfig;
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
  /** The cluster, if there is one. */
  readonly kube: Kube | undefined;
  readonly createAdmit: (parts: EngineParts) => Admit | Promise<Admit>;
}

/** A webhook that takes requests. */
export interface RunningWebhook {
  readonly endpoint: Endpoint;
  readonly health: Endpoint | undefined;
  /** Stops taking requests, finishes the ones in flight, ends all watches. */
  close(options: DrainOptions): Promise<void>;
}

/**
 * Starts everything and returns once requests are taken. Readiness may come later, with the policies.
 * @throws {ConfigError | CertificateError | KubeError} where it cannot start; nothing is left running then.
 */
export async function serve(options: ServeOptions): Promise<RunningWebhook> {
  const stop = new AbortController();
  try {
    return await start(options, stop);
  } catch (error) {
    stop.abort();
    throw error;
  }
}

async function start(options: ServeOptions, stop: AbortController): Promise<RunningWebhook> {
  const { config, log, version } = options;
  const metrics = createMetrics(new Registry(), version);
  const trust = await openTrustRoots({
    ...options,
    config: config.trust,
    signal: stop.signal,
  });
  const facts = options.kube && new ClusterFacts(options.kube, { ...options, signal: stop.signal });
  const cluster = options.kube && openCluster(options.kube, options, stop.signal);
  const store = new PolicyStore(({ policies }) => {
    metrics.policies.set(policies.length);
    facts?.prepare(policies);
    cluster?.registration.take(policies);
    if (policies.some(needsTrustRoot)) trust.need();
  });
  await startSources({ ...options, cluster }, store, stop.signal);
  const certificate = await openCertificate(options);
  const state: ServerState = { draining: false, certificate: certificate.first };
  const common = {
    readiness: [
      ...readiness(state, store, options.clock),
      ...(cluster === undefined ? [] : [registrationCheck(cluster.registration)]),
      trustRootCheck(trust),
    ],
    metrics: metricsEndpoint(metrics, store, trust.roots),
    log,
  };
  const admit = await options.createAdmit({
    metrics,
    trustRoots: trust.roots,
    signal: stop.signal,
  });
  const review = reviewing(options, { admit, store, facts, metrics, signal: stop.signal });
  const app = createApp({ ...common, review });
  const server = createWebhookServer(app, certificate.first);
  const probes =
    config.health === undefined ? undefined : createProbeServer(createHealthApp(common));
  followCertificate({ source: certificate, log, metrics, stop: stop.signal }, (next) => {
    state.certificate = next;
    replaceCertificate(server, next);
  });
  const endpoint = await listen(server, config.listen);
  const health = probes && config.health ? await listen(probes, config.health) : undefined;
  log.info({ address: `https://${formatEndpoint(endpoint)}` }, 'listening');
  return {
    endpoint,
    health,
    async close(drainOptions) {
      state.draining = true;
      log.info({}, 'draining');
      await drain(server, drainOptions);
      if (probes !== undefined) await drain(probes, { wait: 0 });
      stop.abort();
      log.info({}, 'stopped');
    },
  };
}

interface ReviewParts {
  readonly admit: Admit;
  readonly store: PolicyStore;
  readonly facts: ClusterFacts | undefined;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

/** What judges requests, and what is told of them. */
function reviewing(
  { config, kube, clock, log }: ServeOptions,
  { admit, store, facts: cluster, metrics, signal }: ReviewParts,
): ReviewHandlerOptions {
  const policies = (): PolicySet | undefined => store.current();
  const facts = cluster && ((request: AdmissionRequest) => cluster.of(request));
  const judge = createJudge({
    admit,
    policies,
    pin: config.pin,
    exemptNamespaces: new Set(config.exemptNamespaces),
    facts,
    onError: (error) => log.error({ err: error }, 'judging failed'),
  });
  const common = { config, admit, facts, policies, metrics, clock, log, signal };
  const reports =
    kube === undefined || !config.writesReports ? undefined : startReports({ ...common, kube });
  return { judge, log: createAdmissionLog(log, metrics, reports) };
}

interface ServerState {
  draining: boolean;
  certificate: ServingCertificate;
}

async function startSources(
  options: ServeOptions & { readonly cluster: Cluster | undefined },
  store: PolicyStore,
  signal: AbortSignal,
): Promise<void> {
  const { config, kube, cluster, log } = options;
  const directories = config.policyDirectories.map((directory) => ({
    directory,
    publish: store.source(`directory "${directory}"`),
  }));
  if (kube !== undefined && cluster !== undefined) {
    const onReadings = (readings: readonly PolicyReading[]): void =>
      cluster.statuses.take(readings);
    startClusterSource({ kube, publish: store.source('cluster'), onReadings, log, signal });
  }
  const { exceptionNamespaces } = config;
  if (kube !== undefined && exceptionNamespaces.length > 0)
    startClusterExceptions({
      kube,
      namespaces: exceptionNamespaces,
      publish: store.source('exceptions of the cluster'),
      log,
      signal,
    });
  for (const source of directories)
    await startDirectorySource({ ...source, exceptionNamespaces, log, signal });
}

function readiness(state: ServerState, store: PolicyStore, clock: Clock): readonly HealthCheck[] {
  return [
    { name: 'shutdown', problem: () => (state.draining ? 'shutting down' : undefined) },
    {
      name: 'policies',
      problem() {
        const pending = store.pending();
        return pending.length === 0 ? undefined : `not read yet: ${pending.join(', ')}`;
      },
      notes: () => store.problems(),
    },
    {
      name: 'certificate',
      problem: () => (state.certificate.notAfter > clock.now() ? undefined : 'expired'),
    },
  ];
}

/** What the webhook writes to the cluster about policies. */
interface Cluster {
  readonly registration: KindRegistration;
  readonly statuses: StatusWriter;
}

function openCluster(
  kube: Kube,
  { config, clock, log }: ServeOptions,
  signal: AbortSignal,
): Cluster {
  const registration: KindRegistration = new KindRegistration({
    kube,
    name: config.webhookConfiguration,
    log,
    signal,
    onChange: () => statuses.refresh(),
  });
  const statuses = new StatusWriter({
    kube,
    clock,
    log,
    signal,
    unregistered: (policy) => registration.leftOut(policy),
  });
  return { registration, statuses };
}

/** What is not registered is no reason to refuse what is. */
function registrationCheck(registration: KindRegistration): HealthCheck {
  return {
    name: 'registration',
    problem: () => undefined,
    notes: () => registration.problems(),
  };
}

/** Gauges of things that change rarely are read when somebody asks. */
function metricsEndpoint(
  metrics: Metrics,
  store: PolicyStore,
  roots: LiveTrustRoots,
): { contentType: string; metrics(): Promise<string> } {
  return {
    contentType: metrics.registry.contentType,
    metrics() {
      metrics.policyProblems.set(store.problems().length);
      metrics.trustRootTime.set(trustRootTime(roots));
      return metrics.registry.metrics();
    },
  };
}

interface Following {
  readonly source: CertificateSource;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly stop: AbortSignal;
}

function followCertificate(
  { source, log, metrics, stop }: Following,
  use: (certificate: ServingCertificate) => void,
): void {
  const note = (certificate: ServingCertificate): void => {
    metrics.certificateExpiry.set(certificate.notAfter / 1000);
    const ends = new Date(certificate.notAfter).toISOString();
    log.info({ fingerprint: certificate.fingerprint, ends }, 'serving certificate');
  };
  note(source.first);
  source.follow((certificate) => {
    try {
      use(certificate);
      note(certificate);
    } catch (error) {
      log.error(
        { reason: messageOf(error) },
        'cannot use the newer certificate, the old one stays',
      );
    }
  }, stop);
}
