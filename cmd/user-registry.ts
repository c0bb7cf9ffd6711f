import { loadDockerConfig } from '#shared/registry/docker-config.ts';
import { type RegistryFactory, createRegistryFactory } from '#shared/registry/registry-factory.ts';
import type { Keychain } from '#shared/registry/keychain.ts';
import type { Registry } from '#shared/registry/registry.ts';
import type { RegistryWriter } from '#shared/registry/registry-writer.ts';
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
export async function openUserRegistry(options: UserRegistryOptions): Promise<Registry> {
  const { factory, keychain } = await openFactory(options);
  return factory.open(keychain);
}

/** The same for reading and writing. */
export async function openWritableRegistry(
  options: UserRegistryOptions,
): Promise<{ readonly registry: Registry; readonly writer: RegistryWriter }> {
  const { factory, keychain } = await openFactory(options);
  return { registry: factory.open(keychain), writer: factory.openWriter(keychain) };
}

async function openFactory({
  authorities,
  insecureRegistries,
  env,
}: UserRegistryOptions): Promise<{ factory: RegistryFactory; keychain: Keychain }> {
  const keychain = await loadDockerConfig({ environment: env });
  const factory = createRegistryFactory({
    version: VERSION,
    extraCertificates: authorities,
    plainHttpHosts: insecureRegistries,
    environment: env,
    retryBudgetMs: RETRY_BUDGET,
  });
  return { factory, keychain };
}
