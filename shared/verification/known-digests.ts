import { createHash, webcrypto } from 'node:crypto';

/** Hashing less takes well below a millisecond. */
export const LONG_BYTES: number = 256 * 1024;

/** Hashes that a signature, a log or a timestamp can be over. */
export const HASHES: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512']);

const NAMES: Readonly<Record<string, string>> = {
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

const known = new WeakMap<Buffer, Map<string, Buffer>>();

/** The digest of bytes, by Node's name of the hash; the one found out before, where there is one. */
export function hashOf(bytes: Buffer, algorithm: string): Buffer {
  return known.get(bytes)?.get(algorithm) ?? createHash(algorithm).update(bytes).digest();
}

/** Finds out digests of long bytes aside of the event loop, so that {@link hashOf} knows them. */
export async function learnHashes(bytes: Buffer, algorithms: Iterable<string>): Promise<void> {
  if (bytes.length < LONG_BYTES) return;
  const digests = known.get(bytes) ?? new Map<string, Buffer>();
  known.set(bytes, digests);
  for (const algorithm of algorithms) {
    const name = NAMES[algorithm];
    if (name === undefined || digests.has(algorithm)) continue;
    digests.set(algorithm, Buffer.from(await webcrypto.subtle.digest(name, bytes)));
  }
}
