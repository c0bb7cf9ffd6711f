import { revocationPlaces } from './revocation-places.ts';
import type { Certificate } from './certificate.ts';

/** Whether the certificates of one chain, which is trusted and complete, were revoked. */
export interface RevocationQuestion {
  readonly purpose: 'signing' | 'timestamping';
  readonly chain: readonly Certificate[];
  /**
   * Authentic time of the signature in milliseconds, where a signing authority vouches for one: a
   * revocation that says since when the key is invalid does not reach back beyond that.
   */
  readonly signingTime: number | undefined;
}

export type RevocationAnswer =
  | { readonly kind: 'good' }
  | { readonly kind: 'revoked'; readonly message: string }
  /** Nobody could tell; `transient` if asking again soon can help. */
  | { readonly kind: 'unknown'; readonly message: string; readonly transient: boolean };

export interface RevocationOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Finds out about revocation. Never throws: what cannot be found out is `unknown`. */
export interface RevocationChecker {
  check(question: RevocationQuestion, options?: RevocationOptions): Promise<RevocationAnswer>;
}

/** Whether a certificate names any place that knows its status; one that names none cannot be revoked. */
function isRevocable(certificate: Certificate): boolean {
  try {
    const { ocsp, crl } = revocationPlaces(certificate);
    return ocsp.length + crl.length > 0;
  } catch {
    // It names places in a way that cannot be read: its status is open.
    return true;
  }
}

/** The answer that needs no network, where no checker is set up. */
export function offlineAnswer({ chain }: RevocationQuestion): RevocationAnswer {
  const open = chain.slice(0, -1).find(isRevocable);
  if (open === undefined) return { kind: 'good' };
  return {
    kind: 'unknown',
    message: `certificate "${open.subject.text}" can be revoked, and revocation checking is switched off`,
    transient: false,
  };
}
