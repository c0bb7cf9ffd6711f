import { p256 } from '@noble/curves/nist.js';

/** ECDSA over P-256 on a SHA-256 that is already there; `point` is uncompressed. */
export function verifyP256Digest(digest: Buffer, signature: Buffer, point: Buffer): boolean {
  // OpenSSL, which verifies all else, accepts both halves of the S range, as signers write them.
  const options = { prehash: false, format: 'der', lowS: false } as const;
  return p256.verify(signature, digest, point, options);
}
