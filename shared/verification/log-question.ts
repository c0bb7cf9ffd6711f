import type { SignedMessage } from '../signature/signed-entity.ts';
import type { LogQuestion } from '../signature/log-lookup.ts';
import type { Certificate } from '../trust/certificate.ts';
import type { PublicKey } from '../trust/public-key.ts';
import { signatureHash } from './verify-bytes.ts';

/** Who made a signature that verified. */
export interface AskedSigner {
  readonly key: PublicKey;
  /** The certificate that the signature carries, where it is this key's. */
  readonly certificate: Certificate | undefined;
  /** Whether the entry must hold the certificate: the key alone may stand for others. */
  readonly needsCertificate: boolean;
}

/** What identifies the entry of a signature: the same for all who upload it, whenever they do. */
export function logQuestion(
  { payload, signature }: SignedMessage,
  { key, certificate, needsCertificate }: AskedSigner,
  log: Pick<LogQuestion, 'url' | 'access'>,
): LogQuestion | undefined {
  const hash = signatureHash(payload, signature, key);
  if (hash === undefined) return undefined;
  const verifiers = [
    ...(certificate === undefined ? [] : [pemOf(certificate)]),
    ...(needsCertificate ? [] : [key.key.export({ format: 'pem', type: 'spki' }).toString()]),
  ];
  return { ...log, hash, signature, verifiers };
}

/** As Go and OpenSSL write it: 64 characters a line (RFC 7468 §2). */
function pemOf({ der }: Certificate): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
