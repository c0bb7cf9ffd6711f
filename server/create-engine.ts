import { readFile } from 'node:fs/promises';
import type { Admit } from '#shared/admission/admit.ts';
import type { ImageDataQuestion } from '#shared/admission/context/context-sources.ts';
import { createAdmit } from '#shared/admission/create-admit.ts';
import { credentialQuestion, type RegistryDoors } from '#shared/admission/registry-doors.ts';
import type { Clock } from '#shared/base/clock.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import { liveContext } from '#shared/context/live-context.ts';
import { kmsProviders } from '#shared/kms/kms-providers.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { secretKeys } from '#shared/kube/secret-keys.ts';
import { httpLogFetcher } from '#shared/log/http-log-fetcher.ts';
import { RekorLookup } from '#shared/log/rekor-lookup.ts';
import { OnlineRevocationChecker } from '#shared/notation/revocation-checker.ts';
import { httpRevocationFetcher } from '#shared/notation/revocation-fetcher.ts';
import { loadDockerConfig } from '#shared/registry/docker-config.ts';
import { createRegistryFactory } from '#shared/registry/registry-factory.ts';
import type { Registry } from '#shared/registry/registry.ts';
import { keySourceOf } from '#shared/trust/key-source-of.ts';
import type { TrustRoots } from '#shared/trust/trust-roots.ts';
import { bypassAuthorizer } from './admission/bypass-authorizer.ts';
import { ConfigError } from './config-error.ts';
import type { WebhookConfig } from './config.ts';
import type { Metrics } from './observe/metrics.ts';
import { registryDoors } from './registry-doors.ts';
import { VERSION } from './version.ts';

export interface EngineOptions {
  readonly config: WebhookConfig;
  readonly kube: Kube | undefined;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly trustRoots: TrustRoots;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends what is followed in the cluster. */
  readonly signal: AbortSignal;
}

/** The engine with everything that this process reaches. */
export async function createEngine({
  config,
  kube,
  metrics,
  clock,
  trustRoots,
  env,
  signal,
}: EngineOptions): Promise<Admit> {
  const registries = createRegistryFactory({
    version: VERSION,
    clock,
    extraCertificates: await Promise.all(config.registryCaFiles.map(readCertificates)),
    plainHttpHosts: config.insecureRegistries,
    onRequest: ({ status, durationMs }) =>
      metrics.registryDuration.observe({ code: String(status ?? 'none') }, durationMs / 1000),
  });
  const own = await loadDockerConfig({ clock });
  const doors = registryDoors({
    registries,
    own,
    kube,
    clock,
    namespace: config.namespace,
    env,
  });
  const keyProviders = [
    ...kmsProviders({ env }),
    ...(kube === undefined ? [] : [secretKeys(kube)]),
  ];
  return createAdmit({
    clock,
    bypass: kube === undefined ? undefined : bypassAuthorizer(kube),
    trustRoots,
    keySource: keySourceOf(keyProviders, clock),
    ...(config.logs.isAsked
      ? {
          logLookup: new RekorLookup({
            fetcher: httpLogFetcher(env),
            clock,
            listed: config.logs.listed,
          }),
        }
      : {}),
    ...(config.checksRevocation
      ? { revocation: new OnlineRevocationChecker({ fetcher: httpRevocationFetcher, clock }) }
      : {}),
    sources: liveContext({
      kube,
      clock,
      signal,
      openRegistry: async (question, asking) => openForContext(doors, question, asking),
    }),
    ...doors,
  });
}

/** Images that no Pod names are read as a Pod of the namespace that names no account would be. */
async function openForContext(
  { openRegistry, openWithCredentials }: Required<RegistryDoors>,
  { namespace, credentials, policyNamespace }: ImageDataQuestion,
  signal: AbortSignal | undefined,
): Promise<Registry> {
  const pull = { namespace, serviceAccountName: 'default', imagePullSecrets: [] };
  if (credentials === undefined) return openRegistry(pull, signal);
  const question = credentialQuestion(credentials, policyNamespace, pull);
  return (await openWithCredentials(question, signal)).registry;
}

async function readCertificates(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(
      'BAD_FILE',
      `Cannot read registry CA file "${file}": ${messageOf(cause)}`,
      { cause },
    );
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new ConfigError(
    'BAD_FILE',
    `Cannot use registry CA file "${file}": it holds no PEM certificate`,
  );
}
