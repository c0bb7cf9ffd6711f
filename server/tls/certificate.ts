import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { CodedError, messageOf } from '#shared/base/coded-error.ts';

export type CertificateErrorCode =
  'UNREADABLE' | 'BAD_CERTIFICATE' | 'BAD_KEY' | 'MISMATCH' | 'EXPIRED';

/** The serving certificate cannot be used as it is. */
export class CertificateError extends CodedError<CertificateErrorCode> {}

/** A certificate chain with its key, checked to belong together. */
export interface ServingCertificate {
  /** PEM, leaf first. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  /** End of the leaf's validity, milliseconds since the epoch. */
  readonly notAfter: number;
  /** SHA-256 of the leaf, for comparing and for logs. */
  readonly fingerprint: string;
}

/**
 * Checks a PEM pair before it is served: a pair that does not match is refused, as during a rotation
 * one file may be newer than the other.
 * @throws {CertificateError}
 */
export function parseServingCertificate(certificate: string, key: string): ServingCertificate {
  const leaf = parseLeaf(certificate);
  if (!leaf.checkPrivateKey(parseKey(key))) {
    throw new CertificateError(
      'MISMATCH',
      `Cannot use the serving certificate: the private key does not belong to the certificate of "${leaf.subject}"`,
    );
  }
  return {
    certificate,
    key,
    notAfter: Date.parse(leaf.validTo),
    fingerprint: leaf.fingerprint256,
  };
}

function parseLeaf(certificate: string): X509Certificate {
  try {
    createSecureContext({ cert: certificate });
    return new X509Certificate(certificate);
  } catch (cause) {
    throw new CertificateError(
      'BAD_CERTIFICATE',
      `Cannot use the serving certificate: it is no PEM certificate chain (${messageOf(cause)})`,
      { cause },
    );
  }
}

/** The cause of a failure is left out: it must not carry any part of a key. */
function parseKey(key: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(key);
  } catch {
    throw new CertificateError(
      'BAD_KEY',
      'Cannot use the serving certificate: its key file holds no PEM private key',
    );
  }
}
