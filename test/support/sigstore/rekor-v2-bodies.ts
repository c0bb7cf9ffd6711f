import { createHash } from 'node:crypto';
import type { EntryBody, LoggedSignature } from './logged-signature.ts';
import type { HashName, KeyType } from './signing-key.ts';

export type RekorV2Kind = 'hashedrekord' | 'dsse';

/** Names of sigstore_common.proto `PublicKeyDetails`. */
export const KEY_DETAILS: Readonly<Record<KeyType, string>> = {
  'ecdsa-p256': 'PKIX_ECDSA_P256_SHA_256',
  'ecdsa-p384': 'PKIX_ECDSA_P384_SHA_384',
  'ecdsa-p521': 'PKIX_ECDSA_P521_SHA_512',
  'rsa-2048': 'PKIX_RSA_PKCS1V15_2048_SHA256',
  'rsa-3072': 'PKIX_RSA_PKCS1V15_3072_SHA256',
  ed25519: 'PKIX_ED25519',
};

/** Names of sigstore_common.proto `HashAlgorithm`. */
export const HASH_ALGORITHM: Readonly<Record<HashName, string>> = {
  sha256: 'SHA2_256',
  sha384: 'SHA2_384',
  sha512: 'SHA2_512',
};

/** The body that Rekor v2 would log for a signature (rekor-tiles, entry types 0.0.2). */
export function rekorV2Body(kind: RekorV2Kind, signed: LoggedSignature): EntryBody {
  switch (kind) {
    case 'hashedrekord':
      return {
        kind,
        version: '0.0.2',
        spec: {
          hashedRekordV002: {
            data: digestOf(signed.signedBytes, signed.signer.key.hash),
            signature: signatureOf(signed),
          },
        },
      };
    case 'dsse':
      return {
        kind,
        version: '0.0.2',
        spec: {
          dsseV002: {
            payloadHash: digestOf(signed.envelope?.payload ?? Buffer.alloc(0)),
            signatures: [signatureOf(signed)],
          },
        },
      };
  }
}

function digestOf(data: Buffer, hash: HashName = 'sha256'): object {
  const digest = createHash(hash).update(data).digest();
  return { algorithm: HASH_ALGORITHM[hash], digest: digest.toString('base64') };
}

function signatureOf({ signer, signature }: LoggedSignature): object {
  const verifier =
    signer.kind === 'key'
      ? { publicKey: { rawBytes: signer.key.spki.toString('base64') } }
      : { x509Certificate: { rawBytes: signer.certificate.toString('base64') } };
  const keyDetails = KEY_DETAILS[signer.key.type];
  return { content: signature.toString('base64'), verifier: { ...verifier, keyDetails } };
}
