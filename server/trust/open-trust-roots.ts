import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '#shared/base/clock.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import { configMapTrustRoot } from '#shared/kube/config-map-trust-root.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { embeddedTrustRoot } from '#shared/trust/embedded-root.ts';
import { fileTrustRoot } from '#shared/trust/file-trust-root.ts';
import { LiveTrustRoots, type TrustRootStatus } from '#shared/trust/live-trust-roots.ts';
import { mergedTrustRoot } from '#shared/trust/merged-trust-root.ts';
import type { TrustRootSource } from '#shared/trust/trust-root-source.ts';
import { tufTrustRoot } from '#shared/trust/tuf-trust-root.ts';
import { ConfigError } from '../config-error.ts';
import { watchDirectory } from '../files/watch-directory.ts';
import type { Log } from '../observe/log.ts';
import type { TrustConfig } from './trust-config.ts';

export interface TrustRootsOptions {
  readonly config: TrustConfig;
  /** The cluster, if there is one. */
  readonly kube: Kube | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The trust roots of the process, which ask the network only once a policy needs them. */
export interface OpenedTrustRoots {
  readonly roots: LiveTrustRoots;
  /** Told when a policy needs a trust root; from then on they are kept fresh. */
  readonly need: () => void;
  /** Whether they are asked for: by a policy, or by a flag that names a file. */
  readonly isNeeded: () => boolean;
}

/**
 * Opens the trust root that the flags name. A file must be good at the start; a mirror may be out of reach:
 * what stands in for it is used until it answers.
 * @throws {ConfigError} for a file that cannot be used.
 */
export async function openTrustRoots(options: TrustRootsOptions): Promise<OpenedTrustRoots> {
  const { config, clock, log, signal } = options;
  const sources = new Map([[undefined, await sourceOf(config, options)]]);
  const roots = new LiveTrustRoots({
    clock,
    sources,
    onChange: (status) => logStatus(log, status),
  });
  signal.addEventListener('abort', () => roots.close(), { once: true });
  let isStarted = false;
  const start = async (): Promise<void> => {
    if (isStarted || signal.aborted) return;
    isStarted = true;
    await roots.start();
  };
  const files = filesOf(config);
  if (files.length > 0) await start();
  else await roots.standIn();
  for (const directory of new Set(files.map((file) => dirname(file))))
    watchDirectory(directory, { signal, onChange: () => void roots.refresh() });
  return { roots, need: () => void start(), isNeeded: () => isStarted };
}

/** Files are there from the start, so they are read at once. */
function filesOf(config: TrustConfig): readonly string[] {
  if (config.kind === 'several') return config.members.flatMap(filesOf);
  return config.kind === 'file' ? [config.file] : [];
}

type SourceOptions = Pick<TrustRootsOptions, 'clock' | 'kube'>;

async function sourceOf(config: TrustConfig, options: SourceOptions): Promise<TrustRootSource> {
  const { clock, kube } = options;
  switch (config.kind) {
    case 'file': {
      const source = fileTrustRoot(config.file);
      await requireGood(source);
      return source;
    }
    case 'config-map':
      if (kube === undefined)
        throw new ConfigError(
          'BAD_FLAG',
          'Cannot read flag --trusted-root: it names a ConfigMap, and there is no cluster (--kubeconfig)',
        );
      return configMapTrustRoot(kube, config);
    case 'several': {
      const sources = config.members.map(async (member) => sourceOf(member, options));
      return mergedTrustRoot(await Promise.all(sources), clock);
    }
    case 'embedded':
      return embeddedTrustRoot(clock);
    case 'tuf': {
      const { mirror, rootFile, cacheDirectory } = config;
      if (rootFile !== undefined) await requireReadable(rootFile);
      return tufTrustRoot({
        cachePath: cacheDirectory,
        ...(mirror === undefined ? {} : { mirror }),
        ...(rootFile === undefined ? {} : { rootPath: rootFile }),
      });
    }
  }
}

async function requireReadable(file: string): Promise<void> {
  try {
    await access(file);
  } catch (cause) {
    const message = `Cannot read TUF root file "${file}": ${messageOf(cause)}`;
    throw new ConfigError('BAD_FILE', message, { cause });
  }
}

async function requireGood(source: TrustRootSource): Promise<void> {
  try {
    await source.load();
  } catch (cause) {
    throw new ConfigError('BAD_FILE', messageOf(cause), { cause });
  }
}

function logStatus(log: Log, { source, state, error, warnings }: TrustRootStatus): void {
  const values = { source, state, ...(warnings.length === 0 ? {} : { warnings }) };
  if (error === undefined) log.info(values, 'trust root');
  else log.warn({ ...values, reason: error }, 'trust root');
}
