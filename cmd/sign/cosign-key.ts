import { scryptSync } from 'node:crypto';
import { type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import { parseStrictJson } from '#shared/base/strict-json.ts';
import { openSecretBox } from './secret-box.ts';

/** secretbox: key and nonce lengths (NaCl, crypto_secretbox). */
const KEY_BYTES = 32;
const NONCE_BYTES = 24;

/** cosign uses N 2^15 or 2^16; a file that asks for more than this would stall the machine. Bytes. */
const MAX_SCRYPT_MEMORY = 512 * 1024 * 1024;

/**
 * Opens a key file of `cosign generate-key-pair`: JSON with scrypt's parameters and a NaCl secretbox
 * (github.com/secure-systems-lab/go-securesystemslib, package encrypted).
 * @returns PKCS#8 DER, or the reason as a string.
 */
export function openCosignKey(pem: string, password: string): Buffer | string {
  const body = /-----BEGIN [A-Z ]+-----([A-Za-z0-9+/=\s]*)-----END/.exec(pem)?.[1] ?? '';
  const document = readJson(Buffer.from(body, 'base64').toString('utf8'));
  const kdf = stringAt(document, 'kdf', 'name');
  const cipher = stringAt(document, 'cipher', 'name');
  if (kdf !== 'scrypt' || cipher !== 'nacl/secretbox')
    return 'it is not encrypted as cosign does, with scrypt and nacl/secretbox';
  const params = member(member(document, 'kdf'), 'params');
  const [cost, blockSize, parallelization] = ['N', 'r', 'p'].map((name) =>
    Number(member(params, name)),
  );
  const nonce = bytesAt(document, 'cipher', 'nonce');
  if (nonce.length !== NONCE_BYTES) return 'its nonce is damaged';
  const key = scryptSync(password, bytesAt(document, 'kdf', 'salt'), KEY_BYTES, {
    cost: cost ?? 0,
    blockSize: blockSize ?? 0,
    parallelization: parallelization ?? 0,
    maxmem: MAX_SCRYPT_MEMORY,
  });
  const opened = openSecretBox(bytesAt(document, 'ciphertext'), nonce, key);
  return opened ?? 'COSIGN_PASSWORD is not its password, or the file is damaged';
}

function readJson(text: string): JsonValue | undefined {
  try {
    return parseStrictJson(text);
  } catch {
    return undefined;
  }
}

function bytesAt(document: unknown, ...path: readonly string[]): Buffer {
  return Buffer.from(stringAt(document, ...path) ?? '', 'base64');
}
