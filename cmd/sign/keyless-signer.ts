import { generateKeyPairSync, sign } from 'node:crypto';
import { FulcioSigner, type Signature, type Signer } from '@sigstore/sign';
import { messageOf } from '#shared/base/coded-error.ts';
import { parsePemCertificates } from '#shared/trust/pem-certificates.ts';
import type { IdentityToken } from './identity-token.ts';
import { SERVICE_OPTIONS } from './service-options.ts';
import { failureOf, SigningError } from './signing-error.ts';

/**
 * Signs with a key of its own, which the authority certifies for the holder of the token; the key is gone with
 * the signer. The certificate must be for that key: an authority that answers with another's must not make
 * another sign this.
 */
export function keylessSigner(authority: string, token: IdentityToken): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const keyHolder: Signer = {
    sign: (data) =>
      Promise.resolve({
        signature: sign('sha256', data, privateKey),
        key: { $case: 'publicKey', publicKey: pem },
      }),
  };
  const fulcio = new FulcioSigner({
    fulcioBaseURL: authority,
    identityProvider: { getToken: () => Promise.resolve(token.text) },
    keyHolder,
    ...SERVICE_OPTIONS,
  });
  const cannot = (why: string): SigningError =>
    new SigningError('CERTIFICATE', `Cannot get a certificate from ${authority}: ${why}`);
  return {
    sign: async (data) => {
      let signature: Signature;
      try {
        signature = await fulcio.sign(data);
      } catch (error) {
        throw cannot(failureOf(error, token.text));
      }
      const found = certifiedKey(signature);
      if (typeof found === 'string') throw cannot(`what it sent is none: ${found}`);
      if (!found.equals(spki)) throw cannot('the one it sent is for another key');
      return signature;
    },
  };
}

/** DER SubjectPublicKeyInfo of the certificate. @returns the reason as a string where it cannot be read. */
function certifiedKey({ key }: Signature): Buffer | string {
  // The signing package passes on whatever stands where the certificate should.
  const certificate: unknown = key.$case === 'x509Certificate' ? key.certificate : undefined;
  if (typeof certificate !== 'string') return 'found no certificate';
  try {
    const [leaf] = parsePemCertificates(certificate);
    return leaf?.spki ?? 'found no certificate';
  } catch (error) {
    return messageOf(error);
  }
}
