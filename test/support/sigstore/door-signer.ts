import { X509Certificate } from 'node:crypto';
import { certificatePem } from './certificate.ts';
import { publicHalf } from './public-half.ts';
import type { Signer } from './signer.ts';

/** Who signed, as a log is told: PEM of a certificate or of a public key. */
export function signerOfPem(pem: string): Signer {
  const key = publicHalf(pem);
  if (!pem.includes('BEGIN CERTIFICATE')) return { kind: 'key', key };
  return { kind: 'certificate', key, certificate: new X509Certificate(pem).raw, chain: [] };
}

/** The same from DER, as Rekor v2 is told. */
export function signerOfDer(der: Buffer, kind: Signer['kind']): Signer {
  if (kind === 'certificate') return signerOfPem(certificatePem(der));
  const body = der.toString('base64');
  return signerOfPem(`-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----\n`);
}
