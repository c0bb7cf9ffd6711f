import { ANONYMOUS, type Credential, type Keychain } from './keychain.ts';

/** No credentials at all. */
export const anonymousKeychain: Keychain = {
  scope: 'anonymous',
  resolve: async () => ANONYMOUS,
};

/** Asks several keychains in order; the first that knows the repository decides. */
export function firstOf(keychains: readonly Keychain[]): Keychain {
  const known = keychains.filter(({ scope }) => scope !== anonymousKeychain.scope);
  const [first, ...others] = known;
  if (first === undefined) return anonymousKeychain;
  if (others.length === 0) return first;
  return {
    scope: known.map(({ scope }) => scope).join('+'),
    resolve: async (host, repositoryPath) => {
      for (const keychain of known) {
        const credential: Credential = await keychain.resolve(host, repositoryPath);
        if (credential.kind !== 'anonymous') return credential;
      }
      return ANONYMOUS;
    },
  };
}
