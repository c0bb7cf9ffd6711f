import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { PublicKeyDetails } from '@sigstore/protobuf-specs';
import type { Witness } from '@sigstore/sign';
import { TLogV2Client } from '@sigstore/sign/dist/witness/tlog/client.js';
import { SERVICE_OPTIONS } from './service-options.ts';

/** RSA sizes that Rekor v2 takes (sigstore_common.proto, `PublicKeyDetails`). */
const RSA_DETAILS: ReadonlyMap<number | undefined, PublicKeyDetails> = new Map([
  [2048, PublicKeyDetails.PKIX_RSA_PKCS1V15_2048_SHA256],
  [3072, PublicKeyDetails.PKIX_RSA_PKCS1V15_3072_SHA256],
  [4096, PublicKeyDetails.PKIX_RSA_PKCS1V15_4096_SHA256],
]);

/**
 * Writes to a log of Rekor's API version 2. It takes hashed entries only, so that an envelope is logged by the
 * SHA-256 of what is signed of it (rekor-tiles, sigstore-go); the signing package would send the whole envelope,
 * and every signer as a P-256 certificate.
 */
export function tiledLogWitness(url: string): Witness {
  const client = new TLogV2Client({ rekorBaseURL: url, ...SERVICE_OPTIONS });
  return {
    testify: async (content, signer) => {
      if (content?.$case !== 'dsseEnvelope') throw new TypeError('Cannot log: it is no envelope');
      const { payloadType, payload, signatures } = content.dsseEnvelope;
      const signed = dsse.preAuthEncoding(payloadType, payload);
      const entry = await client.createEntry({
        spec: {
          $case: 'hashedRekordRequestV002',
          hashedRekordRequestV002: {
            digest: createHash('sha256').update(signed).digest(),
            signature: {
              content: signatures[0]?.sig ?? Buffer.alloc(0),
              verifier: verifierOf(signer),
            },
          },
        },
      });
      return { tlogEntries: [entry] };
    },
  };
}

/** Whether signatures of this command with the key can be logged by version 2: SHA-256, and a key that it knows. */
export function isLoggedByTiles(key: KeyObject): boolean {
  return keyDetails(key) !== undefined;
}

type Verifier =
  | { $case: 'x509Certificate'; x509Certificate: { rawBytes: Buffer } }
  | { $case: 'publicKey'; publicKey: { rawBytes: Buffer } };

function verifierOf(pem: string): { verifier: Verifier; keyDetails: PublicKeyDetails } {
  const isCertificate = pem.includes('-----BEGIN CERTIFICATE-----');
  const key = createPublicKey(pem);
  const verifier: Verifier = isCertificate
    ? { $case: 'x509Certificate', x509Certificate: { rawBytes: new X509Certificate(pem).raw } }
    : {
        $case: 'publicKey',
        publicKey: { rawBytes: key.export({ format: 'der', type: 'spki' }) },
      };
  return {
    verifier,
    keyDetails: keyDetails(key) ?? PublicKeyDetails.PUBLIC_KEY_DETAILS_UNSPECIFIED,
  };
}

function keyDetails({
  asymmetricKeyType,
  asymmetricKeyDetails,
}: KeyObject): PublicKeyDetails | undefined {
  if (asymmetricKeyType === 'rsa') return RSA_DETAILS.get(asymmetricKeyDetails?.modulusLength);
  return asymmetricKeyDetails?.namedCurve === 'prime256v1'
    ? PublicKeyDetails.PKIX_ECDSA_P256_SHA_256
    : undefined;
}
