import { type JsonObject, type JsonValue, isJsonObject } from '../base/json-value.ts';
import { authsKeychain, authsOf } from './auths-keychain.ts';
import { KeychainError } from './keychain-error.ts';
import type { Keychain } from './keychain.ts';

/** Kubernetes secret types that hold registry credentials, with the key of their payload. */
export const PULL_SECRET_KEYS: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/dockerconfigjson', '.dockerconfigjson'],
  ['kubernetes.io/dockercfg', '.dockercfg'],
]);

/** The API server refuses secrets above 1 MiB. */
const MAX_PAYLOAD_BYTES = 1024 * 1024;

/**
 * The keychain in the decoded payload of a pull secret. Helpers that the payload names are not run.
 * @param type The secret's type, one of {@link PULL_SECRET_KEYS}.
 * @throws {KeychainError} `MALFORMED`; never quotes the payload.
 */
export function pullSecretKeychain(payload: string, type: string): Keychain {
  const key = PULL_SECRET_KEYS.get(type);
  if (key === undefined) throw malformed(`its type is "${type}", which holds none`);
  if (payload.length > MAX_PAYLOAD_BYTES)
    throw malformed(`"${key}" is larger than ${MAX_PAYLOAD_BYTES} bytes`);
  const config = parse(payload, key);
  // The older form is the map itself.
  return authsKeychain(type === 'kubernetes.io/dockercfg' ? config : authsOf(config));
}

function parse(payload: string, key: string): JsonObject {
  let value: JsonValue | undefined;
  try {
    value = JSON.parse(payload) as JsonValue;
  } catch {
    // The parser's message quotes the text, which is secret.
    throw malformed(`"${key}" is not JSON`);
  }
  if (!isJsonObject(value)) throw malformed(`"${key}" is no JSON object`);
  return value;
}

function malformed(why: string): KeychainError {
  return new KeychainError('MALFORMED', `Cannot read registry credentials of the secret: ${why}`);
}
