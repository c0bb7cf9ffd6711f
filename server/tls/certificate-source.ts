import type { ServingCertificate } from './certificate.ts';

/** Gives the serving certificate now, and each newer one for as long as the server runs. */
export interface CertificateSource {
  readonly first: ServingCertificate;
  /** Reports newer certificates until `signal` aborts. */
  follow(onChange: (certificate: ServingCertificate) => void, signal: AbortSignal): void;
}
