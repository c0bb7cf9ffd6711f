import { decodeBase64 } from '../base/base64.ts';
import { type JsonValue, isJsonObject, stringAt } from '../base/json-value.ts';
import { KeychainError } from './keychain-error.ts';
import type { Credential } from './keychain.ts';

/** User name by which docker and its helpers mark that the password is an identity token. */
const TOKEN_USER = '<token>';

/**
 * The credential of one `auths` entry (docker/cli `config/types/authconfig.go`): a registry token, an
 * identity token, `auth` as base64 of `user:password`, or the two in fields. Undefined where the entry
 * holds none, as credential stores leave them.
 * @throws {KeychainError} `MALFORMED`; names the entry, never its content.
 */
export function readDockerAuth(entry: JsonValue | undefined, key: string): Credential | undefined {
  if (!isJsonObject(entry)) throw malformed(key, 'it is no object');
  const text = (name: string): string => stringAt(entry, name) ?? '';
  if (text('registrytoken') !== '') return { kind: 'registry-token', token: text('registrytoken') };
  if (text('identitytoken') !== '') return { kind: 'identity-token', token: text('identitytoken') };
  if (text('auth') !== '') return decodeAuth(text('auth'), key);
  return text('username') === '' ? undefined : userCredential(text('username'), text('password'));
}

/** A user name with its password, or with an identity token in the password's place. */
export function userCredential(username: string, password: string): Credential {
  return username === TOKEN_USER
    ? { kind: 'identity-token', token: password }
    : { kind: 'basic', username, password };
}

function decodeAuth(auth: string, key: string): Credential {
  const pair = decodeBase64(auth)?.toString('utf8');
  const colon = pair?.indexOf(':') ?? -1;
  if (pair === undefined || colon < 1)
    throw malformed(key, 'field "auth" must be base64 of "user:password"');
  // docker/cli strips the NUL bytes that old versions padded passwords with.
  return userCredential(pair.slice(0, colon), pair.slice(colon + 1).replaceAll(/\0+$/g, ''));
}

function malformed(key: string, why: string): KeychainError {
  return new KeychainError(
    'MALFORMED',
    `Cannot read the registry credentials for "${key}": ${why}`,
  );
}
