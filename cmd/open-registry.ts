import type { Registry } from '#shared/registry/registry.ts';
import type { RegistryWriter } from '#shared/registry/registry-writer.ts';
import type { Environment } from './environment.ts';
import { readTextFile } from './file/read-inputs.ts';
import {
  type UserRegistryOptions,
  openUserRegistry,
  openWritableRegistry,
} from './user-registry.ts';

/** Flags that say how registries are reached. */
export interface RegistryArguments {
  readonly 'insecure-registry': readonly string[];
  readonly 'registry-ca-file': string | undefined;
}

/**
 * A registry as the flags and the person's own docker configuration say.
 * @throws {InputError} for a file with authorities that cannot be read.
 */
export async function openRegistry(args: RegistryArguments, env: Environment): Promise<Registry> {
  return await openUserRegistry(await optionsOf(args, env));
}

/** The same for reading and writing. */
export async function openWriter(
  args: RegistryArguments,
  env: Environment,
): Promise<{ readonly registry: Registry; readonly writer: RegistryWriter }> {
  return await openWritableRegistry(await optionsOf(args, env));
}

async function optionsOf(args: RegistryArguments, env: Environment): Promise<UserRegistryOptions> {
  const file = args['registry-ca-file'];
  const authorities = file === undefined ? [] : [await readTextFile(file)];
  return { authorities, insecureRegistries: args['insecure-registry'], env };
}
