import { type KeyObject, verify } from 'node:crypto';

/** Whether a log's key signed `data`: logs hash with SHA-256, Ed25519 keys without a hash before. */
export function verifyLogSignature(data: Buffer, signature: Buffer, key: KeyObject): boolean {
  try {
    return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', data, key, signature);
  } catch {
    // OpenSSL throws on signatures that are not even of the right form: they do not verify.
    return false;
  }
}
