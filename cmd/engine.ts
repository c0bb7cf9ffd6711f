import type { Admit } from '#shared/admission/admit.ts';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { RevocationChecker } from '#shared/notation/revocation.ts';
import type { Policy } from '#shared/policy/model.ts';
import { needsTrustRoot } from '#shared/policy/needs-trust-root.ts';
import { NO_TRUST_ROOTS, type TrustRoots } from '#shared/trust/trust-roots.ts';
import {
  type EngineSources,
  type SourceArguments,
  type SourceOptions,
  userSources,
} from './sources.ts';
import { withImageData } from './with-image-data.ts';

export interface EngineOptions extends SourceOptions {
  /** What will be judged by: a trust root is read only where they need one. */
  readonly policies: readonly Policy[];
  /** Puts something between the engine and whom it asks. */
  readonly through?: (sources: EngineSources) => EngineSources;
}

/**
 * The same engine as behind the webhook, with the credentials of the person who runs the command.
 * @throws {InputError} for a file that cannot be used.
 */
export async function createEngine(args: SourceArguments, options: EngineOptions): Promise<Admit> {
  const own = await userSources(args, options);
  const sources = options.through?.(own) ?? own;
  const { openRegistry, clock, keySource } = sources;
  return createAdmit({
    openRegistry,
    clock,
    trustRoots: await trustRootsFor(args['trusted-root'], sources, options),
    keySource,
    revocation: lazyRevocation(sources),
    sources: withImageData(sources),
  });
}

/** A file that is given is read in any case, so that what is wrong with it is told. */
async function trustRootsFor(
  file: string | undefined,
  { loadTrustRoot }: EngineSources,
  { policies, context }: EngineOptions,
): Promise<TrustRoots> {
  if (file === undefined && !policies.some(needsTrustRoot)) return NO_TRUST_ROOTS;
  const { trustRootsOf } = await import('./trust-roots.ts');
  return trustRootsOf(await loadTrustRoot(), context);
}

function lazyRevocation({ revocations, clock }: EngineSources): RevocationChecker {
  let opened: Promise<RevocationChecker> | undefined;
  return {
    async check(question, options) {
      opened ??= import('./user-revocation.ts').then(({ openUserRevocation }) =>
        openUserRevocation(revocations, clock),
      );
      return (await opened).check(question, options);
    },
  };
}
