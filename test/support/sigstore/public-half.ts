import { createPublicKey, verify } from 'node:crypto';
import { type HashName, type KeyType, type SigningKey, createSigningKey } from './signing-key.ts';

const TYPES: Readonly<Record<string, KeyType>> = {
  prime256v1: 'ecdsa-p256',
  secp384r1: 'ecdsa-p384',
  secp521r1: 'ecdsa-p521',
};

/** What services know of a signer's key: everything but how to sign. */
export function publicHalf(pem: string): SigningKey {
  const publicKey = createPublicKey(pem);
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKey;
  const curve = TYPES[asymmetricKeyDetails?.namedCurve ?? ''];
  const type = curve ?? (asymmetricKeyType === 'rsa' ? 'rsa-2048' : 'ed25519');
  return {
    ...createSigningKey('ed25519'),
    type,
    publicKey,
    spki: publicKey.export({ format: 'der', type: 'spki' }),
    publicKeyPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    hash: type === 'ed25519' ? undefined : 'sha256',
    sign: () => {
      throw new TypeError('Cannot sign: only the public half of the key is here');
    },
  };
}

/** Whether the key signed `data`, with SHA-256 unless the key hashes itself. */
export function isSignedBy(
  { publicKey, hash }: { publicKey: SigningKey['publicKey']; hash: HashName | undefined },
  data: Buffer,
  signature: Buffer,
): boolean {
  return verify(hash ?? null, data, publicKey, signature);
}
