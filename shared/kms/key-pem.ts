import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { messageOf } from '../base/coded-error.ts';
import { KeySourceError } from '../trust/key-source.ts';

/** DER SubjectPublicKeyInfo of Ed25519 up to the key's 32 bytes (RFC 8410 §4). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export type RawKey =
  | { readonly kind: 'spki'; readonly der: Buffer }
  | { readonly kind: 'ed25519'; readonly bytes: Buffer }
  | { readonly kind: 'jwk'; readonly jwk: JsonWebKey };

/**
 * A key as a service gives it, as PEM; what kinds of keys are good enough is judged where PEM is read.
 * @throws {KeySourceError} if it is no public key.
 */
export function keyPem(uri: string, raw: RawKey): string {
  try {
    return readKey(raw).export({ format: 'pem', type: 'spki' }).toString();
  } catch (cause) {
    throw new KeySourceError(
      'MALFORMED',
      `Cannot fetch key "${uri}": found no public key in the answer (${messageOf(cause)})`,
      { cause },
    );
  }
}

function readKey(raw: RawKey): ReturnType<typeof createPublicKey> {
  switch (raw.kind) {
    case 'spki':
      return createPublicKey({ key: raw.der, format: 'der', type: 'spki' });
    case 'ed25519':
      return createPublicKey({
        key: Buffer.concat([ED25519_PREFIX, raw.bytes]),
        format: 'der',
        type: 'spki',
      });
    case 'jwk':
      return createPublicKey({ key: raw.jwk, format: 'jwk' });
  }
}
