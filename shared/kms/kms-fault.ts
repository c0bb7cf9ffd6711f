import { open } from 'node:fs/promises';
import { messageOf } from '../base/coded-error.ts';
import { KeySourceError, type KeySourceErrorCode } from '../trust/key-source.ts';

/** The error for a key that cannot be fetched, before or after anything was asked. */
export function kmsFault(uri: string, code: KeySourceErrorCode, why: string): KeySourceError {
  return new KeySourceError(code, `Cannot fetch key "${uri}": ${why}`);
}

/** Token files and service accounts are a few kilobytes. */
const MAX_FILE_BYTES = 64 * 1024;

/** A file of credentials; read each time, because whoever mounts it replaces it. @throws {KeySourceError} */
export async function readCredentialFile(uri: string, path: string): Promise<string> {
  try {
    await using file = await open(path);
    const buffer = Buffer.alloc(MAX_FILE_BYTES);
    const { bytesRead } = await file.read(buffer);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } catch (cause) {
    const why = `cannot read credentials in "${path}": ${messageOf(cause)}`;
    throw new KeySourceError('NO_CREDENTIALS', `Cannot fetch key "${uri}": ${why}`, { cause });
  }
}
