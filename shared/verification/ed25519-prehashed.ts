import { createHash } from 'node:crypto';
import { eddsa } from '@noble/curves/abstract/edwards.js';
import { ed25519 } from '@noble/curves/ed25519.js';

/** Of RFC 8032 §2, "dom2". */
const PREFIX = Buffer.from('SigEd25519 no Ed25519 collisions');

function sha512(data: Uint8Array): Uint8Array {
  return createHash('sha512').update(data).digest();
}

/** Takes the hash for the message: hashing megabytes in JavaScript takes ten times as long as here. */
const overHash = eddsa(ed25519.Point, sha512, {
  prehash: (hash: Uint8Array): Uint8Array => hash,
  domain: (data: Uint8Array, context: Uint8Array, isHashed: boolean): Uint8Array =>
    Buffer.concat([PREFIX, Buffer.from([Number(isHashed), context.length]), context, data]),
});

/**
 * Whether the signature is of something with this SHA-512, in the pre-hashed variant of Ed25519 (RFC 8032
 * §5.1), which OpenSSL lacks here.
 */
export function verifyPrehashed(hash: Buffer, signature: Buffer, publicKey: Buffer): boolean {
  return overHash.verify(signature, hash, publicKey, { zip215: false });
}
