import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '#shared/base/clock.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import { embeddedTrustRoot } from '#shared/trust/embedded-root.ts';
import { fileTrustRoot } from '#shared/trust/file-trust-root.ts';
import { LiveTrustRoots, type TrustRootStatus } from '#shared/trust/live-trust-roots.ts';
import type { TrustRootSource } from '#shared/trust/trust-root-source.ts';
import { tufTrustRoot } from '#shared/trust/tuf-trust-root.ts';
import { ConfigError } from '../config-error.ts';
import { watchDirectory } from '../files/watch-directory.ts';
import type { Log } from '../observe/log.ts';
import type { TrustConfig } from './trust-config.ts';

export interface TrustRootsOptions {
  readonly config: TrustConfig;
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
  const sources = new Map([[undefined, await sourceOf(config, clock)]]);
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
  if (config.kind === 'file') {
    await start();
    refuseMissing(roots.status());
    watchDirectory(dirname(config.file), { signal, onChange: () => void roots.refresh() });
  } else {
    await roots.standIn();
  }
  return { roots, need: () => void start(), isNeeded: () => isStarted };
}

async function sourceOf(config: TrustConfig, clock: Clock): Promise<TrustRootSource> {
  switch (config.kind) {
    case 'file':
      return fileTrustRoot(config.file);
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

function refuseMissing(statuses: readonly TrustRootStatus[]): void {
  const missing = statuses.find(({ state }) => state === 'missing');
  if (missing !== undefined)
    throw new ConfigError('BAD_FILE', missing.error ?? `Cannot use ${missing.source}`);
}

function logStatus(log: Log, { source, state, error, warnings }: TrustRootStatus): void {
  const values = { source, state, ...(warnings.length === 0 ? {} : { warnings }) };
  if (error === undefined) log.info(values, 'trust root');
  else log.warn({ ...values, reason: error }, 'trust root');
}
