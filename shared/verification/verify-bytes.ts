import { constants, verify, type VerifyKeyObjectInput } from 'node:crypto';
import type { PublicKey } from '../trust/public-key.ts';
import { verifyPrehashed } from './ed25519-prehashed.ts';
import { hashOf, learnHashes } from './known-digests.ts';

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
export function verifyBytes(data: Buffer, signature: Buffer, key: PublicKey): boolean {
  try {
    return (
      schemesOf(key).some(({ hash, options }) => verify(hash, data, options, signature)) ||
      isPrehashed(data, signature, key)
    );
  } catch {
    // OpenSSL throws on signatures that are not even of the right form: they do not verify.
    return false;
  }
}

/** The same, aside of the event loop: hashing megabytes takes longer than a turn may. */
export async function verifyLongBytes(
  data: Buffer,
  signature: Buffer,
  key: PublicKey,
): Promise<boolean> {
  try {
    for (const { hash, options } of schemesOf(key))
      if (await verifyAside(hash, data, { options, signature })) return true;
    if (key.key.asymmetricKeyType === 'ed25519') await learnHashes(data, ['sha512']);
    return isPrehashed(data, signature, key);
  } catch {
    // As above.
    return false;
  }
}

async function verifyAside(
  hash: Hash | null,
  data: Buffer,
  { options, signature }: { options: VerifyKeyObjectInput; signature: Buffer },
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify(hash, data, options, signature, (error, isGood) => {
      if (error === null) resolve(isGood);
      else reject(error);
    });
  });
}

interface Scheme {
  readonly hash: Hash | null;
  readonly options: VerifyKeyObjectInput;
}

/** What OpenSSL is asked for a key, in this order. */
function schemesOf({ key, hash }: PublicKey): readonly Scheme[] {
  if (key.asymmetricKeyType === 'ed25519') return [{ hash: null, options: { key } }];
  const hashes = hashesFor({ key, hash });
  if (key.asymmetricKeyType !== 'rsa')
    return hashes.map((name) => ({ hash: name, options: { key } }));
  const pss = {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_AUTO,
  };
  const plain = { key, padding: constants.RSA_PKCS1_PADDING };
  return hashes.flatMap((name) => [plain, pss].map((options) => ({ hash: name, options })));
}

/** cosign 3 signs the pre-hashed variant with Ed25519 keys. */
function isPrehashed(data: Buffer, signature: Buffer, { key }: PublicKey): boolean {
  if (key.asymmetricKeyType !== 'ed25519') return false;
  const der = key.export({ format: 'der', type: 'spki' });
  return verifyPrehashed(hashOf(data, 'sha512'), signature, der.subarray(-ED25519_KEY_BYTES));
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
  return { algorithm: made, digest: hashOf(data, made) };
}
