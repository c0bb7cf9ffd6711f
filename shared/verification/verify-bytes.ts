import { constants, createHash, type KeyObject, verify } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import type { PublicKey } from '../trust/public-key.ts';

type Hash = NonNullable<PublicKey['hash']>;

/** Length of an Ed25519 public key at the end of its DER SubjectPublicKeyInfo (RFC 8410). */
const ED25519_KEY_BYTES = 32;

/**
 * Hashes tried per curve where the policy names none: the curve's own, which current cosign signs with,
 * then SHA-256, which it always used before.
 */
const CURVE_HASHES: ReadonlyMap<string, readonly Hash[]> = new Map([
  ['prime256v1', ['sha256']],
  ['secp384r1', ['sha384', 'sha256']],
  ['secp521r1', ['sha512', 'sha256']],
]);

/** Whether `signature` over `data` was made by `key`, under any scheme that cosign signs with for that key type. */
export function verifyBytes(data: Buffer, signature: Buffer, { key, hash }: PublicKey): boolean {
  try {
    if (key.asymmetricKeyType === 'ed25519') return verifyEd25519(data, signature, key);
    const hashes = hashesFor({ key, hash });
    if (key.asymmetricKeyType === 'rsa')
      return hashes.some((name) => verifyRsa(name, data, { signature, key }));
    return hashes.some((name) => verify(name, data, key, signature));
  } catch {
    // OpenSSL throws on signatures that are not even of the right form: they do not verify.
    return false;
  }
}

function hashesFor({ key, hash }: Pick<PublicKey, 'key' | 'hash'>): readonly Hash[] {
  if (hash !== undefined) return [hash];
  return CURVE_HASHES.get(key.asymmetricKeyDetails?.namedCurve ?? '') ?? ['sha256'];
}

/** A digest as transparency logs have it: they know no other hashes. */
export interface LoggedHash {
  readonly algorithm: 'sha256' | 'sha384' | 'sha512';
  readonly digest: Buffer;
}

/**
 * The hash that a good signature was made over: what a log that is told hashes has it under. Ed25519 signatures
 * are logged in their pre-hashed variant. Undefined where no log can have it.
 */
export function signatureHash(
  data: Buffer,
  signature: Buffer,
  { key, hash, fingerprint }: PublicKey,
): LoggedHash | undefined {
  const hashes: readonly Hash[] =
    key.asymmetricKeyType === 'ed25519' ? ['sha512'] : hashesFor({ key, hash });
  const made =
    hashes.length === 1
      ? hashes[0]
      : hashes.find((name) => verifyBytes(data, signature, { key, hash: name, fingerprint }));
  if (made === undefined || made === 'sha224') return undefined;
  return { algorithm: made, digest: createHash(made).update(data).digest() };
}

/** Plain Ed25519 first; cosign 3 signs the pre-hashed variant (RFC 8032 §5.1), which OpenSSL lacks here. */
function verifyEd25519(data: Buffer, signature: Buffer, key: KeyObject): boolean {
  if (verify(null, data, key, signature)) return true;
  const der = key.export({ format: 'der', type: 'spki' });
  return ed25519ph.verify(signature, data, der.subarray(-ED25519_KEY_BYTES), { zip215: false });
}

function verifyRsa(
  hash: Hash,
  data: Buffer,
  { signature, key }: { signature: Buffer; key: KeyObject },
): boolean {
  return (
    verify(hash, data, { key, padding: constants.RSA_PKCS1_PADDING }, signature) ||
    verify(
      hash,
      data,
      { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO },
      signature,
    )
  );
}
