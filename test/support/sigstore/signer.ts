import { certificatePem } from './certificate.ts';
import type { SigningKey } from './signing-key.ts';

/** Who signs: a bare key, or a key with a certificate. */
export type Signer =
  | { readonly kind: 'key'; readonly key: SigningKey }
  | {
      readonly kind: 'certificate';
      readonly key: SigningKey;
      /** DER. */
      readonly certificate: Buffer;
      /** DER, issuer first, root last: what cosign puts beside legacy signatures. */
      readonly chain: readonly Buffer[];
    };

export type CertificateSigner = Extract<Signer, { kind: 'certificate' }>;

/** What log entries name the signer by: the certificate where there is one, else the key. */
export function verifierPem(signer: Signer): string {
  return signer.kind === 'key' ? signer.key.publicKeyPem : certificatePem(signer.certificate);
}
