import { type JsonObject, isJsonObject } from '../base/json-value.ts';
import {
  type CredentialPattern,
  isFor,
  moreSpecific,
  parseCredentialPattern,
} from './credential-pattern.ts';
import { readDockerAuth } from './docker-auth.ts';
import { ANONYMOUS, type Keychain } from './keychain.ts';
import { scopeOf } from './keychain-scope.ts';

interface Entry {
  readonly key: string;
  readonly pattern: CredentialPattern;
}

/**
 * Credentials of an `auths` map. The most specific entry that is for the repository and holds a
 * credential decides; an entry that cannot be read fails the repositories it is for, and no others.
 */
export function authsKeychain(auths: JsonObject): Keychain {
  const entries: readonly Entry[] = Object.keys(auths)
    .map((key) => ({ key, pattern: parseCredentialPattern(key) }))
    .toSorted((a, b) => moreSpecific(a.pattern, b.pattern));
  return {
    scope: scopeOf('auths', JSON.stringify(auths)),
    resolve: async (host, repositoryPath) => {
      for (const { key, pattern } of entries) {
        if (!isFor(pattern, host, repositoryPath)) continue;
        const credential = readDockerAuth(auths[key], key);
        if (credential !== undefined) return credential;
      }
      return ANONYMOUS;
    },
  };
}

/** The `auths` of a docker configuration, empty where there are none. */
export function authsOf(config: JsonObject): JsonObject {
  const auths = Object.hasOwn(config, 'auths') ? config['auths'] : undefined;
  return isJsonObject(auths) ? auths : {};
}
