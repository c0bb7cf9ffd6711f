import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { CodedError, messageOf } from '../base/coded-error.ts';

/** A public key ready for use; parsed once, when the policy is compiled. */
export interface PublicKey {
  readonly key: KeyObject;
  /** SHA-256 of the DER SubjectPublicKeyInfo, hex: tells keys apart and names them in messages. */
  readonly fingerprint: string;
  /** Hash the signer used, where the policy says so; otherwise the key type's usual ones are tried. */
  readonly hash: 'sha224' | 'sha256' | 'sha384' | 'sha512' | undefined;
}

export type PublicKeyErrorCode =
  'NO_KEY' | 'PRIVATE_KEY' | 'CERTIFICATE' | 'UNSUPPORTED_BLOCK' | 'MALFORMED' | 'UNSUPPORTED_KEY';

/** Text that is no public key we can verify with; says what was found and what was expected. */
export class PublicKeyError extends CodedError<PublicKeyErrorCode> {}

/** A list of keys longer than this is a mistake or an attack: every key is tried against every signature. */
export const MAX_KEYS: number = 64;

/** NIST SP 800-131A: RSA below 2048 bits has no security margin left. */
const MIN_RSA_BITS = 2048;

/** A key beyond this makes each verification slow enough to be a way to stall the server. */
const MAX_RSA_BITS = 16_384;

/** cosign signs with these curves; Node knows them by their SEC names. */
const CURVES: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
]);

const EXPECTED =
  'expected a PEM block "PUBLIC KEY" or "RSA PUBLIC KEY" (ECDSA P-256, P-384, P-521, RSA, Ed25519)';

/** RFC 7468 §3, strict enough that nothing between blocks is overlooked. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/**
 * Every public key of a PEM text, in order.
 * @param hash the hash that signers use with these keys, where the policy names one.
 * @throws {PublicKeyError} for anything in the text that is not a public key, and where there is none.
 */
export function parsePublicKeys(pem: string, hash?: PublicKey['hash']): readonly PublicKey[] {
  const blocks = [...pem.matchAll(BLOCK)];
  const between = pem.replaceAll(BLOCK, '').trim();
  if (blocks.length === 0 || between !== '') throw noKey(between);
  if (blocks.length > MAX_KEYS) {
    throw new PublicKeyError(
      'UNSUPPORTED_KEY',
      `Cannot read public keys: found ${blocks.length}, expected at most ${MAX_KEYS}`,
    );
  }
  return blocks.map(([block, label = '']) => ({ ...readBlock(block, label), hash }));
}

/** The words for a key in messages: `ECDSA P-256 key 1a2b3c4d5e6f`. */
export function describeKey(key: PublicKey): string {
  return `${keyType(key.key)} key ${key.fingerprint.slice(0, 12)}`;
}

function readBlock(block: string, label: string): { key: KeyObject; fingerprint: string } {
  refuseLabel(label);
  let key: KeyObject;
  try {
    key = createPublicKey(block);
  } catch (cause) {
    throw new PublicKeyError(
      'MALFORMED',
      `Cannot read public key: the PEM block "${label}" does not hold a key (${messageOf(cause)}), ${EXPECTED}`,
      { cause },
    );
  }
  refuseKey(key);
  const spki = key.export({ format: 'der', type: 'spki' });
  return { key, fingerprint: createHash('sha256').update(spki).digest('hex') };
}

function refuseLabel(label: string): void {
  if (label === 'PUBLIC KEY' || label === 'RSA PUBLIC KEY') return;
  if (label.endsWith('PRIVATE KEY')) {
    throw new PublicKeyError(
      'PRIVATE_KEY',
      `Cannot read public key: found a private key ("${label}"), ${EXPECTED}; a private key must never be put into a policy, replace it`,
    );
  }
  const code = label === 'CERTIFICATE' ? 'CERTIFICATE' : 'UNSUPPORTED_BLOCK';
  throw new PublicKeyError(
    code,
    `Cannot read public key: found a PEM block "${label}", ${EXPECTED}`,
  );
}

function refuseKey(key: KeyObject): void {
  if (isSupported(key)) return;
  throw new PublicKeyError(
    'UNSUPPORTED_KEY',
    `Cannot use public key: found ${keyType(key)}, expected ECDSA P-256, P-384 or P-521, RSA of ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits, or Ed25519`,
  );
}

function isSupported(key: KeyObject): boolean {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const type = key.asymmetricKeyType;
  if (type === 'ec') return CURVES.has(namedCurve);
  if (type === 'rsa') return modulusLength >= MIN_RSA_BITS && modulusLength <= MAX_RSA_BITS;
  return type === 'ed25519';
}

function keyType(key: KeyObject): string {
  const { namedCurve = 'of an unknown curve', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const type = key.asymmetricKeyType;
  if (type === 'ec') return `ECDSA ${CURVES.get(namedCurve) ?? namedCurve}`;
  if (type === 'rsa') return `RSA ${modulusLength} bit`;
  return type === 'ed25519' ? 'Ed25519' : (type ?? 'an unknown key');
}

function noKey(between: string): PublicKeyError {
  const found =
    between === '' ? 'no text' : `text that starts ${JSON.stringify(between.slice(0, 24))}`;
  return new PublicKeyError(
    between.includes('PRIVATE KEY') ? 'PRIVATE_KEY' : 'NO_KEY',
    between.includes('PRIVATE KEY')
      ? `Cannot read public key: found a damaged private key, ${EXPECTED}; a private key must never be put into a policy, replace it`
      : `Cannot read public key: found ${found}, ${EXPECTED}`,
  );
}
