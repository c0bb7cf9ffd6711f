import type { Admit } from '#shared/admission/admit.ts';
import { createAdmit } from '#shared/admission/create-admit.ts';
import { systemClock } from '#shared/base/clock.ts';
import type { Kube } from '#shared/kube/kube.ts';
import type { RevocationChecker } from '#shared/notation/revocation.ts';
import type { Policy } from '#shared/policy/model.ts';
import { needsTrustRoot } from '#shared/policy/needs-trust-root.ts';
import type { Registry } from '#shared/registry/registry.ts';
import type { LogLookup } from '#shared/signature/log-lookup.ts';
import type { KeySource } from '#shared/trust/key-source.ts';
import { NO_TRUST_ROOTS, type TrustRoots } from '#shared/trust/trust-roots.ts';
import type { Context } from './context.ts';
import type { Environment } from './environment.ts';
import { readTextFile } from './file/read-inputs.ts';
import type { TrustArguments } from './trust-roots.ts';

/** Flags that say how the engine reaches registries, and whom it believes. */
export interface EngineArguments extends TrustArguments {
  readonly 'insecure-registry': readonly string[];
  readonly 'registry-ca-file': string | undefined;
  readonly 'no-online-log': boolean;
  readonly 'log-url': readonly string[];
}

export interface EngineOptions {
  readonly context: Pick<Context, 'env' | 'warn'>;
  /** What will be judged by: a trust root is read only where they need one. */
  readonly policies: readonly Policy[];
  /** The cluster, where the command asks one: keys may be in its Secrets. */
  readonly kube?: Kube | undefined;
}

/**
 * The same engine as behind the webhook, with the credentials of the person who runs the command: those of
 * docker's config file. Nothing that speaks to a network is loaded before it is needed.
 * @throws {InputError} for a file that cannot be used.
 */
export async function createEngine(args: EngineArguments, options: EngineOptions): Promise<Admit> {
  const { 'registry-ca-file': caFile, 'insecure-registry': insecureRegistries } = args;
  const { env } = options.context;
  const authorities = caFile === undefined ? [] : [await readTextFile(caFile)];
  let opened: Promise<Registry> | undefined;
  const openRegistry = (): Promise<Registry> => {
    opened ??= import('./user-registry.ts').then(({ openUserRegistry }) =>
      openUserRegistry({ authorities, insecureRegistries, env }),
    );
    return opened;
  };
  const trustRoots = await trustRootsFor(args, options);
  return createAdmit({
    openRegistry,
    clock: systemClock,
    trustRoots,
    keySource: lazyKeys(options),
    revocation: lazyRevocation(),
    logLookup: args['no-online-log'] ? undefined : lazyLogLookup(env, args['log-url']),
  });
}

/** A file that is given is read in any case, so that what is wrong with it is told. */
async function trustRootsFor(
  args: EngineArguments,
  { policies, context }: EngineOptions,
): Promise<TrustRoots> {
  if (args['trusted-root'].length === 0 && !policies.some(needsTrustRoot)) return NO_TRUST_ROOTS;
  const { openTrustRoots } = await import('./trust-roots.ts');
  return await openTrustRoots(args, context);
}

function lazyKeys({ context: { env }, kube }: EngineOptions): KeySource {
  let opened: Promise<KeySource> | undefined;
  return {
    async keys(uri, hash, options) {
      opened ??= import('./user-keys.ts').then(({ openUserKeys }) => openUserKeys(env, kube));
      return (await opened).keys(uri, hash, options);
    },
  };
}

function lazyLogLookup(env: Environment, listed: readonly string[]): LogLookup {
  let opened: Promise<LogLookup> | undefined;
  return {
    async find(question, signal) {
      opened ??= import('./user-log-lookup.ts').then(({ openUserLogLookup }) =>
        openUserLogLookup(env, listed),
      );
      return (await opened).find(question, signal);
    },
  };
}

function lazyRevocation(): RevocationChecker {
  let opened: Promise<RevocationChecker> | undefined;
  return {
    async check(question, options) {
      opened ??= import('./user-revocation.ts').then(({ openUserRevocation }) =>
        openUserRevocation(),
      );
      return (await opened).check(question, options);
    },
  };
}
