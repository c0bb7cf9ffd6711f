import type { Clock } from '../base/clock.ts';
import { SharedWork } from '../base/shared-work.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import {
  type FetchedKeys,
  type KeyProvider,
  type KeySource,
  KeySourceError,
} from './key-source.ts';
import { type PublicKey, PublicKeyError, parsePublicKeys } from './public-key.ts';

/** Far more references than the policies of a cluster hold; each entry is a few hundred bytes. */
const MAX_REFERENCES = 1_000;

/** The scheme of a reference; the rest is the provider's business. */
const REFERENCE = /^([a-z0-9]+):\/\//;

interface Kept {
  readonly keys: readonly PublicKey[];
  readonly at: number;
}

/**
 * One source made of several providers. Keys that were found are kept for as long as their provider says,
 * trouble never is; callers that ask for the same reference at the same time share one request.
 */
export function keySourceOf(providers: readonly KeyProvider[], clock: Clock): KeySource {
  const kept = new TtlCache<Kept>({ maxEntries: MAX_REFERENCES, clock });
  const running = new SharedWork<readonly PublicKey[]>();
  return {
    async keys(uri, hash, { signal, maxAgeMs = Infinity }) {
      const id = `${hash ?? ''} ${uri}`;
      const known = kept.get(id);
      if (known !== undefined && clock.now() - known.at <= maxAgeMs) return known.keys;
      const provider = providerFor(providers, uri);
      return running.run(id, signal, async (shared) => {
        const keys = parseKeys(uri, await provider.fetch(uri, shared), hash);
        kept.set(id, { keys, at: clock.now() }, provider.keepMs);
        return keys;
      });
    },
  };
}

function providerFor(providers: readonly KeyProvider[], uri: string): KeyProvider {
  const scheme = REFERENCE.exec(uri)?.[1];
  const provider = providers.find((candidate) => candidate.scheme === scheme);
  if (provider !== undefined) return provider;
  const known = providers.map((candidate) => `${candidate.scheme}://`).join(', ');
  throw new KeySourceError(
    'UNSUPPORTED',
    `Cannot fetch key "${uri}": found no access to such keys, expected one of ${known === '' ? 'none' : known}`,
  );
}

function parseKeys(
  uri: string,
  fetched: FetchedKeys,
  hash: PublicKey['hash'],
): readonly PublicKey[] {
  try {
    return parsePublicKeys(fetched.pem, fetched.hash ?? hash);
  } catch (cause) {
    if (!(cause instanceof PublicKeyError)) throw cause;
    throw new KeySourceError('MALFORMED', `Cannot use key "${uri}": ${cause.message}`, { cause });
  }
}
