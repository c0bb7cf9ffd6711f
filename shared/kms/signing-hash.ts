import { createPublicKey } from 'node:crypto';
import type { PublicKey } from '../trust/public-key.ts';

type Hash = PublicKey['hash'];

const HASHES: ReadonlyMap<string, Hash> = new Map([
  ['256', 'sha256'],
  ['384', 'sha384'],
  ['512', 'sha512'],
]);

/** The hash in the name of an algorithm: `RSA_SIGN_PKCS1_4096_SHA512`, `ECDSA_SHA_256`. */
export function hashOfAlgorithm(name: unknown): Hash {
  const digits = typeof name === 'string' ? /_SHA_?(\d{3})$/.exec(name)?.[1] : undefined;
  return HASHES.get(digits ?? '');
}

/** Key Vault leaves the choice to the client; sigstore's takes the hash by the size of the key. */
const BY_SIZE: ReadonlyMap<string | number, Hash> = new Map<string | number, Hash>([
  ['prime256v1', 'sha256'],
  ['secp384r1', 'sha384'],
  ['secp521r1', 'sha512'],
  [2048, 'sha256'],
  [3072, 'sha384'],
  [4096, 'sha512'],
]);

/** @param pem one public key, well-formed. */
export function hashOfSize(pem: string): Hash {
  const { namedCurve, modulusLength } = createPublicKey(pem).asymmetricKeyDetails ?? {};
  return BY_SIZE.get(namedCurve ?? modulusLength ?? '');
}
