import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { messageOf } from '#shared/base/coded-error.ts';
import { parsePublicKeys, type PublicKey } from '#shared/trust/public-key.ts';
import type { Environment } from '../environment.ts';
import { readTextFile } from '../file/read-inputs.ts';
import { InputError } from '../input-error.ts';
import { openCosignKey } from './cosign-key.ts';

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}

/** Where cosign looks for a key's password, too. */
const PASSWORD = 'COSIGN_PASSWORD';

const EXPECTED =
  'expected a PEM block "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY" or "ENCRYPTED SIGSTORE PRIVATE KEY"';

/**
 * The private key of a PEM file; an encrypted one is opened with the password in `COSIGN_PASSWORD`.
 * @throws {InputError} which never holds anything of the key.
 */
export async function readPrivateKey(path: string, env: Environment): Promise<SigningKey> {
  const privateKey = openKey(await readTextFile(path), env[PASSWORD]);
  if (typeof privateKey === 'string')
    throw new InputError('KEY', `Cannot use private key "${path}": ${privateKey}`);
  const publicKey = publicKeyOf(privateKey);
  if (typeof publicKey === 'string')
    throw new InputError('KEY', `Cannot use private key "${path}": ${publicKey}`);
  return { privateKey, publicKey };
}

/** The key that verifies, if it is of a kind that verifiers take. */
function publicKeyOf(privateKey: KeyObject): PublicKey | string {
  try {
    const spki = createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString();
    return parsePublicKeys(spki)[0] ?? 'it has no public key';
  } catch (error) {
    return messageOf(error);
  }
}

const COSIGN_LABELS: ReadonlySet<string> = new Set([
  'ENCRYPTED SIGSTORE PRIVATE KEY',
  'ENCRYPTED COSIGN PRIVATE KEY',
]);

/** @returns the reason as a string where it cannot be opened. */
function openKey(pem: string, password: string | undefined): KeyObject | string {
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1] ?? '';
  if (!label.endsWith('PRIVATE KEY')) return `found ${label || 'no PEM block'}, ${EXPECTED}`;
  if (!isEncrypted(pem))
    return decode(pem, '') ?? `the PEM block "${label}" does not hold a key, ${EXPECTED}`;
  if (password === undefined) return `it is encrypted, and ${PASSWORD} is not set`;
  const opened = COSIGN_LABELS.has(label) ? decodeCosigns(pem, password) : decode(pem, password);
  return opened ?? `it is damaged, or ${PASSWORD} is not its password`;
}

/** PKCS#8 says it in the label, the older forms in a header (RFC 1421). */
function isEncrypted(pem: string): boolean {
  return pem.includes('-----BEGIN ENCRYPTED ') || pem.includes('Proc-Type: 4,ENCRYPTED');
}

/** OpenSSL's own words about a key tell nothing a person could act on. */
function decode(pem: string, passphrase: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, passphrase });
  } catch {
    return undefined;
  }
}

function decodeCosigns(pem: string, password: string): KeyObject | string | undefined {
  try {
    const key = openCosignKey(pem, password);
    return typeof key === 'string' ? key : createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
}
