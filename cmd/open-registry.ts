import type { Registry } from '#shared/registry/registry.ts';
import type { Environment } from './environment.ts';
import { readTextFile } from './file/read-inputs.ts';
import { openUserRegistry } from './user-registry.ts';

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
  const file = args['registry-ca-file'];
  const authorities = file === undefined ? [] : [await readTextFile(file)];
  return await openUserRegistry({
    authorities,
    insecureRegistries: args['insecure-registry'],
    env,
  });
}
