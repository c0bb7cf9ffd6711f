import { MAX_CHAIN_LENGTH } from './certificate-chain.ts';
import { failure, type NotationFailure } from './notation-reason.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';
import { type Certificate, readCertificate } from './certificate.ts';

/** signing-scheme.md: who vouches for the signing time. */
export type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority';

/** What a JWS or COSE envelope says; nothing of it is verified. */
export interface Envelope {
  readonly format: 'jws' | 'cose';
  readonly algorithm: SignatureAlgorithm;
  readonly contentType: string;
  readonly payload: Buffer;
  /** The bytes that are signed: headers and payload in the envelope's own form. */
  readonly signedBytes: Buffer;
  readonly signature: Buffer;
  readonly scheme: SigningScheme;
  /** Milliseconds; claimed by the signer (`notary.x509`) or by the signing authority. */
  readonly signingTime: number;
  readonly expiry: number | undefined;
  /** From the signing certificate to the root. */
  readonly chain: readonly Certificate[];
  /** DER of an RFC 3161 TimeStampToken over the signature. */
  readonly timestampToken: Buffer | undefined;
  readonly signingAgent: string | undefined;
}

/** Reads the certificates of an envelope, first to last. */
export function readChain(ders: readonly Buffer[]): readonly Certificate[] | NotationFailure {
  if (ders.length === 0)
    return failure('INVALID_CERTIFICATE_CHAIN', 'the envelope holds no certificates');
  if (ders.length > MAX_CHAIN_LENGTH)
    return failure(
      'INVALID_CERTIFICATE_CHAIN',
      `the envelope holds ${ders.length} certificates, expected at most ${MAX_CHAIN_LENGTH}`,
    );
  const chain: Certificate[] = [];
  for (const [index, der] of ders.entries()) {
    const certificate = readCertificate(der);
    if (typeof certificate === 'string')
      return failure(
        'MALFORMED_CERTIFICATE',
        `certificate ${index} of the envelope is malformed: ${certificate}`,
      );
    chain.push(certificate);
  }
  return chain;
}
