import { constants, type KeyObject, publicDecrypt } from 'node:crypto';
import type { verifyP256Digest as VerifyP256Digest } from './p256-digest.ts';
import type { PublicKey } from '../trust/public-key.ts';

/** DigestInfo of SHA-256 in PKCS #1 v1.5 signatures (RFC 8017 §9.2, note 1). */
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

let verifyP256Digest: typeof VerifyP256Digest | undefined;

/**
 * Loads what {@link verifySha256} needs for ECDSA: five megabytes that hardly any process ever uses. Until
 * then such signatures do not verify.
 */
export async function loadDigestVerification(): Promise<void> {
  ({ verifyP256Digest } = await import('./p256-digest.ts'));
}

/**
 * Whether `signature` over something with this SHA-256 was made by `key`: for signatures over a manifest
 * that was not fetched. OpenSSL verifies bytes only, so ECDSA is done in JavaScript (about 2 ms), on P-256
 * only: larger curves are slow there, and their signers hash with more than SHA-256. Ed25519 needs the bytes.
 */
export function verifySha256(digest: Buffer, signature: Buffer, { key, hash }: PublicKey): boolean {
  if (hash !== undefined && hash !== 'sha256') return false;
  try {
    if (key.asymmetricKeyType === 'ec') return verifyEcdsa(digest, signature, key);
    if (key.asymmetricKeyType !== 'rsa') return false;
    const padding = constants.RSA_PKCS1_PADDING;
    const opened = publicDecrypt({ key, padding }, signature);
    return opened.equals(Buffer.concat([SHA256_DIGEST_INFO, digest]));
  } catch {
    // Both libraries throw on signatures that are not even of the right form: they do not verify.
    return false;
  }
}

function verifyEcdsa(digest: Buffer, signature: Buffer, key: KeyObject): boolean {
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return false;
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.from([4]),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ]);
  return verifyP256Digest?.(digest, signature, point) ?? false;
}
