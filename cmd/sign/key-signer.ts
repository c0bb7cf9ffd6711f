import { createHash, sign } from 'node:crypto';
import type { Signer } from '@sigstore/sign';
import type { PublicKey } from '#shared/trust/public-key.ts';
import type { SigningKey } from './private-key.ts';

/**
 * Signs with a private key. It gives no hint: the signing package would make it the envelope's key id too, and
 * cosign takes no envelope with a key id that it does not know.
 */
export function keySigner({ privateKey, publicKey: { key } }: SigningKey): Signer {
  const publicKey = key.export({ format: 'pem', type: 'spki' }).toString();
  // `cosign verify --key` takes SHA-256 for every key unless it is told otherwise; Ed25519 has its own.
  const hash = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return {
    sign: (data) =>
      Promise.resolve({
        signature: sign(hash, data, privateKey),
        key: { $case: 'publicKey', publicKey },
      }),
  };
}

/** What tells verifiers which key of theirs a bundle is signed with: SHA-256 of the key, as cosign writes it. */
export function keyHint({ key }: PublicKey): string {
  const spki = key.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(spki).digest('base64');
}
