import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

export type KeyType = 'ecdsa-p256' | 'ecdsa-p384' | 'ecdsa-p521' | 'rsa-2048' | 'ed25519';

export const KEY_TYPES: readonly KeyType[] = [
  'ecdsa-p256',
  'ecdsa-p384',
  'ecdsa-p521',
  'rsa-2048',
  'ed25519',
];

/** A throw-away key pair of a test signer. */
export interface SignerKey {
  readonly privateKey: KeyObject;
  /** SPKI, `-----BEGIN PUBLIC KEY-----`: what goes into a policy. */
  readonly publicKeyPem: string;
  /** Hash that cosign signs with by default for this type; undefined for Ed25519, which has its own. */
  readonly hash: string | undefined;
}

const CURVES: Readonly<Record<string, { namedCurve: string; hash: string }>> = {
  'ecdsa-p256': { namedCurve: 'P-256', hash: 'sha256' },
  'ecdsa-p384': { namedCurve: 'P-384', hash: 'sha384' },
  'ecdsa-p521': { namedCurve: 'P-521', hash: 'sha512' },
};

/** Makes a new key pair; ECDSA P-256, what cosign generates, unless told otherwise. */
export function generateSignerKey(type: KeyType = 'ecdsa-p256'): SignerKey {
  const curve = CURVES[type];
  if (curve !== undefined)
    return signerKey(
      generateKeyPairSync('ec', { namedCurve: curve.namedCurve }).privateKey,
      curve.hash,
    );
  if (type === 'rsa-2048')
    return signerKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'sha256');
  return signerKey(generateKeyPairSync('ed25519').privateKey, undefined);
}

function signerKey(privateKey: KeyObject, hash: string | undefined): SignerKey {
  const publicKeyPem = createPublicKey(privateKey)
    .export({ format: 'pem', type: 'spki' })
    .toString();
  return { privateKey, publicKeyPem, hash };
}
