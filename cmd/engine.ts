import type { Admit } from '#shared/admission/admit.ts';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { RevocationChecker } from '#shared/notation/revocation.ts';
import type { Policy } from '#shared/policy/model.ts';
import { needsTrustRoot } from '#shared/policy/needs-trust-root.ts';
import type { LogLookup } from '#shared/signature/log-lookup.ts';
import { NO_TRUST_ROOTS, type TrustRoots } from '#shared/trust/trust-roots.ts';
import { contextSources } from './context-sources.ts';
import {
  type EngineSources,
  type SourceArguments,
  type SourceOptions,
  userSources,
} from './sources.ts';

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
    trustRoots: await trustRootsFor(args, sources, options),
    keySource,
    revocation: lazyRevocation(sources),
    logLookup: args['no-online-log'] ? undefined : lazyLogLookup(sources, args['log-url']),
    sources: contextSources(sources),
  });
}

/** A file that is given is read in any case, so that what is wrong with it is told. */
async function trustRootsFor(
  { 'trusted-root': given }: SourceArguments,
  { loadTrustRoot }: EngineSources,
  { policies, context }: EngineOptions,
): Promise<TrustRoots> {
  if (given.length === 0 && !policies.some(needsTrustRoot)) return NO_TRUST_ROOTS;
  const { trustRootsOf } = await import('./trust-roots.ts');
  return trustRootsOf(await loadTrustRoot(), context);
}

function lazyLogLookup({ logs, clock }: EngineSources, listed: readonly string[]): LogLookup {
  let opened: Promise<LogLookup> | undefined;
  return {
    async find(question, signal) {
      opened ??= import('#shared/log/rekor-lookup.ts').then(
        ({ RekorLookup }) => new RekorLookup({ fetcher: logs, clock, listed }),
      );
      return (await opened).find(question, signal);
    },
  };
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
