import { open } from 'node:fs/promises';
import { messageOf } from '../base/coded-error.ts';
import { KeySourceError, type KeySourceErrorCode } from '../trust/key-source.ts';

/** The error for a key that cannot be fetched, before or after anything was asked. */
export function kmsFault(
  uri: string,
  code: KeySourceErrorCode,
  ...[why, cause]: readonly [string, unknown?]
): KeySourceError {
  const message = `${prefix(uri)}${why}`;
  return new KeySourceError(code, message, cause === undefined ? {} : { cause });
}

/** Why {@link kmsFault} was, for those who ask clouds for something else than keys. */
export function whyOf({ message }: Error, uri: string): string {
  return message.startsWith(prefix(uri)) ? message.slice(prefix(uri).length) : message;
}

function prefix(uri: string): string {
  return `Cannot fetch key "${uri}": `;
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
    throw kmsFault(uri, 'NO_CREDENTIALS', why, cause);
  }
}
