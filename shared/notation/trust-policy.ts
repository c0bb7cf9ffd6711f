import type { TrustedIdentity } from './trusted-identity.ts';
import type { Certificate } from './certificate.ts';

/** The five validations of trust-store-trust-policy.md, in its order. */
export type Check = 'integrity' | 'authenticity' | 'authenticTimestamp' | 'expiry' | 'revocation';

export type Action = 'enforce' | 'log' | 'skip';

export type Level = 'strict' | 'permissive' | 'audit' | 'skip';

export type Actions = Readonly<Record<Check, Action>>;

/** trust-store-trust-policy.md "Signature Verification details": what each level does with a failure. */
export const LEVELS: Readonly<Record<Level, Actions>> = {
  strict: {
    integrity: 'enforce',
    authenticity: 'enforce',
    authenticTimestamp: 'enforce',
    expiry: 'enforce',
    revocation: 'enforce',
  },
  permissive: {
    integrity: 'enforce',
    authenticity: 'enforce',
    authenticTimestamp: 'log',
    expiry: 'log',
    revocation: 'log',
  },
  audit: {
    integrity: 'enforce',
    authenticity: 'log',
    authenticTimestamp: 'log',
    expiry: 'log',
    revocation: 'log',
  },
  skip: {
    integrity: 'skip',
    authenticity: 'skip',
    authenticTimestamp: 'skip',
    expiry: 'skip',
    revocation: 'skip',
  },
};

/** Certificates of the trust stores that a statement names, by what they may vouch for. */
export interface TrustAnchors {
  readonly ca: readonly Certificate[];
  readonly signingAuthority: readonly Certificate[];
  /** Undefined where the statement names no timestamp store: timestamps are then not looked at. */
  readonly tsa: readonly Certificate[] | undefined;
}

/** One statement of a trust policy, its stores and identities resolved; ready to judge signatures. */
export interface TrustStatement {
  readonly name: string;
  /** `*`, or repositories as `registry/path`. */
  readonly registryScopes: readonly string[];
  readonly level: Level;
  /** What the level says, with the statement's overrides. */
  readonly actions: Actions;
  /** Whether a timestamp counts from the start or only once a certificate has expired. */
  readonly verifyTimestamp: 'always' | 'afterCertExpiry';
  readonly anchors: TrustAnchors;
  readonly identities: readonly TrustedIdentity[];
  /** Hash of everything above that decides; part of cache keys. */
  readonly hash: string;
}

/**
 * The one statement for a repository: an exact scope beats the global one. Undefined means that nothing
 * is trusted there.
 */
export function applicableStatement(
  statements: readonly TrustStatement[],
  repository: string,
): TrustStatement | undefined {
  return (
    statements.find(({ registryScopes }) => registryScopes.includes(repository)) ??
    statements.find(({ registryScopes }) => registryScopes.includes('*'))
  );
}
