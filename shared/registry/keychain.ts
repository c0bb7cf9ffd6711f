/** What to send to a registry that asks who is calling. */
export type Credential =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An identity (refresh) token, exchanged at the token endpoint. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** A registry token, sent as it is. */
  | { readonly kind: 'registry-token'; readonly token: string };

export const ANONYMOUS: Credential = { kind: 'anonymous' };

/** Finds the credential for one registry host and repository; credentials are for the exact host only. */
export interface Keychain {
  /** Names this set of credentials without revealing any; equal scopes resolve equally. */
  readonly scope: string;
  resolve(host: string, repositoryPath: string): Promise<Credential>;
}
