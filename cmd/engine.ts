import type { Admit } from '#shared/admission/admit.ts';
import { createAdmit } from '#shared/admission/create-admit.ts';
import { systemClock } from '#shared/base/clock.ts';
import type { Registry } from '#shared/registry/registry.ts';
import type { Environment } from './environment.ts';
import { readTextFile } from './file/read-inputs.ts';

/** How the commands reach registries. */
export interface EngineOptions {
  readonly insecureRegistries: readonly string[];
  readonly registryCaFile: string | undefined;
  readonly env: Environment;
}

/**
 * The same engine as behind the webhook, with the credentials of the person who runs the command: those of
 * docker's config file. Nothing that speaks to a network is loaded before an image has to be looked up.
 */
export async function createEngine(options: EngineOptions): Promise<Admit> {
  const { registryCaFile, insecureRegistries, env } = options;
  const authorities = registryCaFile === undefined ? [] : [await readTextFile(registryCaFile)];
  let opened: Promise<Registry> | undefined;
  const openRegistry = (): Promise<Registry> => {
    opened ??= import('./user-registry.ts').then(({ openUserRegistry }) =>
      openUserRegistry({ authorities, insecureRegistries, env }),
    );
    return opened;
  };
  return createAdmit({ openRegistry, clock: systemClock });
}
