/** What one source says about one certificate. Pure readers return it; all times in milliseconds. */
export type CertificateStatus =
  /** `until`: when newer information is promised. */
  | { readonly kind: 'good'; readonly until: number }
  | { readonly kind: 'revoked'; readonly until: number }
  | { readonly kind: 'unknown'; readonly message: string };

export function unknownStatus(message: string): CertificateStatus {
  return { kind: 'unknown', message };
}
