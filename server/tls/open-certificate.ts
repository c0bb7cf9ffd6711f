import { messageOf } from '#shared/base/coded-error.ts';
import type { Clock } from '#shared/base/clock.ts';
import type { Kube } from '#shared/kube/kube.ts';
import type { WebhookConfig } from '../config.ts';
import type { Log } from '../observe/log.ts';
import { publishAuthorities } from './ca-bundle.ts';
import type { CertificateSource } from './certificate-source.ts';
import { createDirectoryStore } from './directory-store.ts';
import { openFileCertificate } from './file-certificate.ts';
import { openSelfMadeCertificate } from './self-made-certificate.ts';
import { createMemoryStore, type SelfMadeStore } from './self-made-store.ts';
import { createSecretStore } from './secret-store.ts';

export interface OpenCertificateOptions {
  readonly config: WebhookConfig;
  readonly kube: Kube | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** The Service in front of the replicas, as the manifests call it. */
const SERVICE_NAME = 'sign-policy-webhook';

/** Addresses that mean "all interfaces"; nobody connects to them. */
const WILDCARD_HOSTS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * Opens the serving certificate that the configuration asks for.
 * @throws {CertificateError} where there is none that can be used.
 */
export async function openCertificate(options: OpenCertificateOptions): Promise<CertificateSource> {
  const { config, kube, clock, log } = options;
  const { tls } = config;
  const onError = (error: unknown): void =>
    log.error({ reason: messageOf(error) }, 'cannot renew the serving certificate, trying again');
  if (tls.kind === 'files') return openFileCertificate({ ...tls, onError });
  const store = selfMadeStore(tls.directory, kube, config.namespace);
  log.info({ store: store.name }, 'making the serving certificate');
  return openSelfMadeCertificate({
    store,
    names: selfMadeNames(config, tls.names),
    clock,
    onError,
    async publish(authorities) {
      if (kube !== undefined)
        await publishAuthorities(kube, config.webhookConfiguration, authorities);
    },
  });
}

function selfMadeStore(
  directory: string | undefined,
  kube: Kube | undefined,
  namespace: string,
): SelfMadeStore {
  if (directory !== undefined) return createDirectoryStore(directory);
  return kube === undefined ? createMemoryStore() : createSecretStore(kube, namespace);
}

function selfMadeNames(
  { listen, namespace }: WebhookConfig,
  more: readonly string[],
): readonly string[] {
  const own = WILDCARD_HOSTS.has(listen.host) ? [] : [listen.host];
  const service = `${SERVICE_NAME}.${namespace}.svc`;
  return [...new Set([service, 'localhost', '127.0.0.1', '::1', ...own, ...more])];
}
