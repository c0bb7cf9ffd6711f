import { messageOf } from '../base/coded-error.ts';
import { raceAbort } from '../base/race-abort.ts';
import { embeddedTrustedRoot, PUBLIC_GOOD_MIRROR } from './embedded-root.ts';
import {
  TrustRootError,
  type TrustRootErrorCode,
  type TrustRootSource,
} from './trust-root-source.ts';
import { type ReadTrustedRoot, readTrustedRoot } from './trusted-root.ts';

/** Metadata of the public instance is signed for a week; keys that are withdrawn are seen within this. Milliseconds. */
const REFRESH_MS = 60 * 60_000;

/** One request. Milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** A first fetch is some fifteen requests one after the other. Milliseconds. */
const LOAD_TIMEOUT_MS = 60_000;

const TARGET = 'trusted_root.json';

export interface TufTrustRootOptions {
  /** The public good instance's by default. */
  readonly mirror?: string;
  /** The mirror's first `root.json`: needed for every mirror but the public one, which is known. */
  readonly rootPath?: string;
  /** A writable directory: metadata is kept there, so that a rollback is noticed. */
  readonly cachePath: string;
}

/**
 * A trust root that is distributed by The Update Framework, as Sigstore's public instance, GitHub and private
 * instances do it. Signatures, versions and expiry are checked by `@sigstore/tuf`.
 */
export function tufTrustRoot({
  mirror = PUBLIC_GOOD_MIRROR,
  rootPath,
  cachePath,
}: TufTrustRootOptions): TrustRootSource {
  let last: { readonly text: string; readonly root: ReadTrustedRoot } | undefined;
  const load = async (): Promise<ReadTrustedRoot> => {
    const text = await fetchTarget({
      mirror,
      cachePath,
      ...(rootPath === undefined ? {} : { rootPath }),
    });
    // The same text keeps the same root: evidence is remembered under it.
    if (last?.text !== text) last = { text, root: readTrustedRoot(text) };
    return last.root;
  };
  const source = { description: `TUF mirror ${mirror}`, refreshMs: REFRESH_MS, load };
  if (mirror !== PUBLIC_GOOD_MIRROR) return source;
  return { ...source, fallback: async () => embeddedTrustedRoot(Date.now()) };
}

/** Loaded only when a mirror is asked: most commands of the plugin never do. */
async function fetchTarget({
  mirror,
  ...options
}: { readonly mirror: string } & Pick<
  TufTrustRootOptions,
  'rootPath' | 'cachePath'
>): Promise<string> {
  try {
    const { fetchTufTarget } = await import('./fetch-tuf-target.ts');
    const work = fetchTufTarget(TARGET, {
      ...options,
      mirrorURL: mirror,
      timeout: REQUEST_TIMEOUT_MS,
      // A failed refresh is tried again in the background anyway.
      retry: false,
    });
    return await raceAbort(work, AbortSignal.timeout(LOAD_TIMEOUT_MS));
  } catch (cause) {
    throw new TrustRootError(
      codeOf(cause),
      `Cannot fetch trust root from ${mirror}: ${causes(cause)}`,
      { cause },
    );
  }
}

function codeOf(cause: unknown): TrustRootErrorCode {
  if (cause instanceof DOMException) return 'TIMEOUT';
  return isNetwork(cause) ? 'UNREACHABLE' : 'REFUSED';
}

/** What the library wraps: the innermost cause names the trouble. */
function chain(error: unknown): readonly unknown[] {
  const found: unknown[] = [];
  let current = error;
  while (current instanceof Error && found.length < 8) {
    found.push(current);
    current = current.cause;
  }
  return found;
}

function isNetwork(error: unknown): boolean {
  return chain(error).some(
    (cause) =>
      cause instanceof Error &&
      (cause.message.includes('fetch failed') ||
        ['DownloadHTTPError', 'DownloadError'].includes(cause.name) ||
        cause.name === 'TimeoutError'),
  );
}

function causes(error: unknown): string {
  const texts = chain(error).map(messageOf);
  return texts.length === 0 ? messageOf(error) : [...new Set(texts)].join(': ');
}
