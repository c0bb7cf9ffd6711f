import type { TestContext } from 'node:test';
import type { Repository } from '#shared/image/reference.ts';
import { ANONYMOUS, type Credential, type Keychain } from '#shared/registry/keychain.ts';
import {
  type RegistryFactory,
  type RegistryFactoryOptions,
  createRegistryFactory,
} from '#shared/registry/registry-factory.ts';
import type { Registry } from '#shared/registry/registry.ts';
import { anonymousKeychain } from '#shared/registry/static-keychain.ts';
import { type TestRegistry, type TestRegistryOptions, startRegistry } from './test-registry.ts';

type FactoryOptions = Partial<RegistryFactoryOptions>;

export interface ClientOptions extends Omit<TestRegistryOptions, 'address' | 'port'> {
  readonly keychain?: (host: string) => Keychain;
  readonly factory?: FactoryOptions | ((host: string) => FactoryOptions);
}

export interface OpenedClient {
  readonly registry: TestRegistry;
  readonly client: Registry;
  readonly factory: RegistryFactory;
  /** A repository in the registry. */
  readonly repository: Repository;
  /** Milliseconds of each wait before a retry; nobody really waited. */
  readonly sleeps: readonly number[];
}

/** A registry and a client for it, both closed when the test ends. */
export async function openClient(
  context: TestContext,
  options: ClientOptions = {},
): Promise<OpenedClient> {
  const registry = await startRegistry(options);
  context.after(() => registry.close());
  const { factory: chosen = {} } = options;
  const sleeps: number[] = [];
  const factory = createRegistryFactory({
    version: '0.0.0-test',
    environment: {},
    sleep: async (ms) => void sleeps.push(ms),
    ...(typeof chosen === 'function' ? chosen(registry.host) : chosen),
  });
  context.after(() => factory.close());
  const client = factory.open(options.keychain?.(registry.host) ?? anonymousKeychain);
  return {
    registry,
    client,
    factory,
    repository: { registry: registry.host, path: 'acme/app' },
    sleeps,
  };
}

/** A keychain with one credential for one host. */
export function keychainFor(host: string, credential: Credential, scope = 'test'): Keychain {
  return { scope, resolve: async (asked) => (asked === host ? credential : ANONYMOUS) };
}
