import { join } from 'node:path';
import { messageOf } from '#shared/base/coded-error.ts';
import { formatFault } from '#shared/base/fault.ts';
import { raceAbort } from '#shared/base/race-abort.ts';
import { fileTrustRoot } from '#shared/trust/file-trust-root.ts';
import type { TrustRoots } from '#shared/trust/trust-roots.ts';
import type { ReadTrustedRoot } from '#shared/trust/trusted-root.ts';
import { tufTrustRoot } from '#shared/trust/tuf-trust-root.ts';
import type { Context } from './context.ts';
import type { Environment } from './environment.ts';
import { InputError } from './input-error.ts';

/** A person waits for this; a first fetch takes a second or two. Milliseconds. */
const PUBLIC_ROOT_MS = 10_000;

/**
 * Whom a command believes, see {@link loadTrustRoot}; what is wrong with it is told.
 * @throws {InputError} for a file that is no trust root.
 */
export async function openTrustRoots(
  path: string | undefined,
  context: Pick<Context, 'env' | 'warn'>,
): Promise<TrustRoots> {
  return trustRootsOf(await loadTrustRoot(path, context), context);
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
 * A `trusted_root.json`, else the one of Sigstore's public instance, which is asked once. Where it cannot be,
 * the copy that was shipped stands in, and its age is among the faults.
 * @throws {InputError} for a file that is no trust root.
 */
export function loadTrustRoot(
  path: string | undefined,
  context: Pick<Context, 'env' | 'warn'>,
): Promise<ReadTrustedRoot> {
  return path === undefined ? publicRoot(context) : rootOfFile(path);
}

async function rootOfFile(path: string): Promise<ReadTrustedRoot> {
  try {
    return await fileTrustRoot(path).load();
  } catch (cause) {
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
