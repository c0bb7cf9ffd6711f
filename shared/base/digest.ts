import { createHash, webcrypto } from 'node:crypto';

/** A content digest `algorithm:hex` whose form was checked; the only kind of digest that is ever pinned. */
export type Digest = string & { readonly __digest: unique symbol };

/** OCI image-spec, descriptor.md "Digests": the two registered algorithms and their encoded lengths. */
const HEX_LENGTH: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha512', 128],
]);

/** Returns the digest if `text` is a well-formed one of a registered algorithm, else undefined. */
export function tryParseDigest(text: string): Digest | undefined {
  const colon = text.indexOf(':');
  const length = HEX_LENGTH.get(text.slice(0, Math.max(colon, 0)));
  const hex = text.slice(colon + 1);
  return length === hex.length && /^[0-9a-f]+$/.test(hex) ? (text as Digest) : undefined;
}

/** SHA-256 digest of `bytes`. */
export function sha256Digest(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

/** Hashing more takes milliseconds. */
const LONG_BYTES = 1024 * 1024;

/** The same as {@link matchesDigest}; long bytes are hashed aside of the event loop. */
export async function matchesDigestAside(bytes: Uint8Array, digest: Digest): Promise<boolean> {
  if (bytes.length < LONG_BYTES) return matchesDigest(bytes, digest);
  const [algorithm, hex = ''] = digest.split(':');
  const name = algorithm === 'sha512' ? 'SHA-512' : 'SHA-256';
  return Buffer.from(await webcrypto.subtle.digest(name, bytes)).toString('hex') === hex;
}

/** Whether `bytes` hash to `digest` under the digest's own algorithm. */
export function matchesDigest(bytes: Uint8Array, digest: Digest): boolean {
  const [algorithm = '', hex = ''] = digest.split(':');
  return createHash(algorithm).update(bytes).digest('hex') === hex;
}
