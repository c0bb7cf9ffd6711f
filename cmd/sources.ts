import type { ContextSources } from '#shared/admission/context/context-sources.ts';
import { type Clock, systemClock } from '#shared/base/clock.ts';
import type { HostLookup } from '#shared/base/host-lookup.ts';
import { systemHosts } from '#shared/context/system-hosts.ts';
import type { Kube } from '#shared/kube/kube.ts';
import {
  type RevocationFetcher,
  httpRevocationFetcher,
} from '#shared/notation/revocation-fetcher.ts';
import type { Registry } from '#shared/registry/registry.ts';
import type { LogFetcher } from '#shared/signature/log-lookup.ts';
import type { KeySource } from '#shared/trust/key-source.ts';
import type { ReadTrustedRoot } from '#shared/trust/trusted-root.ts';
import type { Context } from './context.ts';
import { readTextFile } from './file/read-inputs.ts';
import type { TrustArguments } from './trust-roots.ts';

/** Flags that say how the engine reaches registries, and whom it believes. */
export interface SourceArguments extends TrustArguments {
  readonly 'insecure-registry': readonly string[];
  readonly 'registry-ca-file': string | undefined;
  readonly 'no-online-log': boolean;
  readonly 'log-url': readonly string[];
}

/** Whom the engine asks: everything outside of this process that a decision can depend on, and the time. */
export interface EngineSources {
  readonly clock: Clock;
  readonly openRegistry: () => Promise<Registry>;
  readonly loadTrustRoot: () => Promise<ReadTrustedRoot>;
  readonly keySource: KeySource;
  readonly revocations: RevocationFetcher;
  readonly logs: LogFetcher;
  readonly hosts: HostLookup;
  /** Data of `context` entries; none where this is undefined. */
  readonly context?: ContextSources | undefined;
}

export interface SourceOptions {
  readonly context: Pick<Context, 'env' | 'warn'>;
  /** The cluster, where the command asks one: keys may be in its Secrets. */
  readonly kube?: Kube | undefined;
}

/**
 * The sources of the person who runs the command, with the credentials of docker's config file. Nothing that
 * speaks to a network is loaded before it is needed.
 * @throws {InputError} for a file that cannot be used.
 */
export async function userSources(
  args: SourceArguments,
  options: SourceOptions,
): Promise<EngineSources> {
  const { 'registry-ca-file': caFile, 'insecure-registry': insecureRegistries } = args;
  const { context } = options;
  const authorities = caFile === undefined ? [] : [await readTextFile(caFile)];
  let opened: Promise<Registry> | undefined;
  return {
    clock: systemClock,
    openRegistry: () => {
      opened ??= import('./user-registry.ts').then(({ openUserRegistry }) =>
        openUserRegistry({ authorities, insecureRegistries, env: context.env }),
      );
      return opened;
    },
    loadTrustRoot: async () => {
      const { loadTrustRoot } = await import('./trust-roots.ts');
      return loadTrustRoot(args, context);
    },
    keySource: lazyKeys(options),
    revocations: httpRevocationFetcher,
    logs: lazyLogs(context),
    hosts: systemHosts,
  };
}

function lazyLogs({ env }: SourceOptions['context']): LogFetcher {
  let opened: Promise<LogFetcher> | undefined;
  return {
    async fetch(base, question, signal) {
      opened ??= import('./user-logs.ts').then(({ openUserLogs }) => openUserLogs(env));
      return (await opened).fetch(base, question, signal);
    },
  };
}

function lazyKeys({ context: { env }, kube }: SourceOptions): KeySource {
  let opened: Promise<KeySource> | undefined;
  return {
    async keys(uri, hash, options) {
      opened ??= import('./user-keys.ts').then(({ openUserKeys }) => openUserKeys(env, kube));
      return (await opened).keys(uri, hash, options);
    },
  };
}
