import { loadDockerConfig } from '#shared/registry/docker-config.ts';
import { createRegistryFactory } from '#shared/registry/registry-factory.ts';
import type { Registry } from '#shared/registry/registry.ts';
import type { Environment } from './environment.ts';
import { VERSION } from './version.ts';

export interface UserRegistryOptions {
  /** PEM, trusted besides the system's. */
  readonly authorities: readonly string[];
  /** Hosts that are spoken to over plain HTTP. */
  readonly insecureRegistries: readonly string[];
  readonly env: Environment;
}

/** A person waits longer than an API server does, and would rather wait than not know. Milliseconds. */
const RETRY_BUDGET = 10_000;

/** Registries with the credentials that docker's configuration of this person holds. */
export async function openUserRegistry({
  authorities,
  insecureRegistries,
  env,
}: UserRegistryOptions): Promise<Registry> {
  const keychain = await loadDockerConfig({ environment: env });
  const factory = createRegistryFactory({
    version: VERSION,
    extraCertificates: authorities,
    plainHttpHosts: insecureRegistries,
    environment: env,
    retryBudgetMs: RETRY_BUDGET,
  });
  return factory.open(keychain);
}
