import { join } from 'node:path';
import { messageOf } from '#shared/base/coded-error.ts';
import { formatFault } from '#shared/base/fault.ts';
import { raceAbort } from '#shared/base/race-abort.ts';
import { fileTrustRoot } from '#shared/trust/file-trust-root.ts';
import { mergeTrustedRoots } from '#shared/trust/merged-trust-root.ts';
import { TrustRootError, type TrustRootErrorCode } from '#shared/trust/trust-root-source.ts';
import type { TrustRoots } from '#shared/trust/trust-roots.ts';
import type { ReadTrustedRoot } from '#shared/trust/trusted-root.ts';
import { tufTrustRoot } from '#shared/trust/tuf-trust-root.ts';
import type { ClusterArguments } from './cluster/open-cluster.ts';
import type { Context } from './context.ts';
import type { Environment } from './environment.ts';
import { InputError } from './input-error.ts';

/** The flags that say whom to believe, and which cluster holds it. */
export interface TrustArguments extends Omit<ClusterArguments, 'namespace'> {
  readonly 'trusted-root': readonly string[];
}

/** A person waits for this; a first fetch takes a second or two. Milliseconds. */
const PUBLIC_ROOT_MS = 10_000;

/**
 * Whom a command believes, see {@link loadTrustRoot}; what is wrong with it is told.
 * @throws {InputError} for a file or ConfigMap that is no trust root.
 */
export async function openTrustRoots(
  args: TrustArguments,
  context: Pick<Context, 'env' | 'warn'>,
): Promise<TrustRoots> {
  return trustRootsOf(await loadTrustRoot(args, context), context);
}

/** The one trust root of a command; the entries of it that are not used are told. */
export function trustRootsOf(
  { material, faults }: ReadTrustedRoot,
  { warn }: Pick<Context, 'warn'>,
): TrustRoots {
  for (const fault of faults) warn(formatFault(fault));
  return { get: (name) => (name === undefined ? material : undefined) };
}

/**
 * Every `trusted_root.json` that is given, and Sigstore's public instance where none is, or where `public` is
 * among them. The public one is asked once; where it cannot be, the copy that was shipped stands in, and its
 * age is among the faults.
 * @throws {InputError} for a file or ConfigMap that is no trust root.
 */
export async function loadTrustRoot(
  args: TrustArguments,
  context: Pick<Context, 'env' | 'warn'>,
): Promise<ReadTrustedRoot> {
  const paths = args['trusted-root'];
  const wanted = paths.length === 0 ? [PUBLIC] : paths;
  const roots = wanted.map(async (path) =>
    path === PUBLIC ? publicRoot(context) : givenRoot(path, args, context),
  );
  return mergeTrustedRoots(await Promise.all(roots));
}

/** Stands for the public instance's root beside others; the webhook's flag takes it too. */
const PUBLIC = 'public';

const NOT_ASKED: ReadonlySet<TrustRootErrorCode> = new Set(['UNREACHABLE', 'REFUSED']);

async function givenRoot(
  path: string,
  args: TrustArguments,
  { env }: Pick<Context, 'env'>,
): Promise<ReadTrustedRoot> {
  try {
    if (!path.startsWith('k8s://')) return await fileTrustRoot(path).load();
    const { clusterTrustRoot } = await import('./cluster/cluster-trust-root.ts');
    return await clusterTrustRoot(path, args, env);
  } catch (cause) {
    // A cluster that cannot be asked is no fault of what was typed.
    if (cause instanceof TrustRootError && NOT_ASKED.has(cause.code)) throw cause;
    throw new InputError('FILE', `Cannot use trust root "${path}": ${messageOf(cause)}`, { cause });
  }
}

async function publicRoot({ env, warn }: Pick<Context, 'env' | 'warn'>): Promise<ReadTrustedRoot> {
  const source = tufTrustRoot({ cachePath: join(cacheHome(env), 'kubectl-sign-policy', 'tuf') });
  try {
    return await raceAbort(source.load(), AbortSignal.timeout(PUBLIC_ROOT_MS));
  } catch (error) {
    const standIn = await source.fallback?.();
    if (standIn === undefined) throw error;
    warn(messageOf(error));
    return standIn;
  }
}

/** XDG Base Directory Specification. */
function cacheHome(env: Environment): string {
  return env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? '.', '.cache');
}
