import { Registry } from 'prom-client';
import { createJudge, type JudgeOptions } from '#server/admission/judge.ts';
import { createApp } from '#server/app.ts';
import { createWebhookServer, listen } from '#server/https-server.ts';
import { createAdmissionLog } from '#server/observe/admission-log.ts';
import type { HealthCheck } from '#server/observe/health.ts';
import { createLog } from '#server/observe/log.ts';
import { createMetrics } from '#server/observe/metrics.ts';
import { createPolicySet } from '#server/policy/policy-set.ts';
import {
  createAuthority,
  issueCertificate,
  type PemPair,
} from '#server/tls/certificate-authority.ts';
import { parseServingCertificate } from '#server/tls/certificate.ts';
import { HttpsClient } from './https-client.ts';

/** A CA and a pair for 127.0.0.1, made once a test file. */
export interface TestCertificate extends PemPair {
  readonly ca: string;
}

export async function testCertificate(): Promise<TestCertificate> {
  const authority = await createAuthority(Date.now());
  return {
    ca: authority.certificate,
    ...(await issueCertificate(authority, ['127.0.0.1'], Date.now())),
  };
}

export interface StartedApp {
  readonly client: HttpsClient;
  readonly logLines: () => readonly Record<string, unknown>[];
  close(): Promise<void>;
}

export interface StartAppOptions {
  readonly admit: JudgeOptions['admit'];
  readonly certificate: TestCertificate;
  readonly readiness?: readonly HealthCheck[];
}

/** The app behind a real HTTPS server, with a given engine. */
export async function startApp({
  admit,
  certificate,
  readiness = [],
}: StartAppOptions): Promise<StartedApp> {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const metrics = createMetrics(new Registry(), '1.2.3');
  const judge = createJudge({
    admit,
    policies: () => createPolicySet([]),
    pin: 'pods',
    exemptNamespaces: new Set(),
    onError: (error) => log.error({ err: error }, 'judging failed'),
  });
  const app = createApp({
    readiness,
    metrics: metrics.registry,
    log,
    review: { judge, log: createAdmissionLog(log, metrics) },
  });
  const server = createWebhookServer(
    app,
    parseServingCertificate(certificate.certificate, certificate.key),
  );
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  const client = new HttpsClient(port, certificate.ca);
  return {
    client,
    logLines: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    close: () =>
      new Promise((resolve) => {
        client.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
