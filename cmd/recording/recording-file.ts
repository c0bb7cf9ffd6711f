import { readFile, stat, writeFile } from 'node:fs/promises';
import { messageOf } from '#shared/base/coded-error.ts';
import type { Recording } from '#shared/recording/answer.ts';
import { decodeRecording } from '#shared/recording/decode-recording.ts';
import { encodeRecording } from '#shared/recording/encode-recording.ts';
import { MAX_RECORDING_BYTES } from '#shared/recording/recording-format.ts';
import { InputError } from '../input-error.ts';

/**
 * Reads a recording and checks every digest in it.
 * @throws {InputError} naming the file.
 */
export async function readRecording(path: string): Promise<Recording> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_RECORDING_BYTES) return decodeRecording(await readFile(path));
  } catch (cause) {
    throw fault('use', path, messageOf(cause), cause);
  }
  throw fault('use', path, `it is larger than ${MAX_RECORDING_BYTES} bytes`);
}

/**
 * Writes a recording.
 * @returns the bytes that it takes.
 * @throws {InputError} naming the file.
 */
export async function writeRecording(path: string, recording: Recording): Promise<number> {
  try {
    const bytes = encodeRecording(recording);
    await writeFile(path, bytes);
    return bytes.length;
  } catch (cause) {
    throw fault('write', path, messageOf(cause), cause);
  }
}

function fault(
  action: string,
  path: string,
  ...[why, cause]: readonly [string, unknown?]
): InputError {
  return new InputError('FILE', `Cannot ${action} recording "${path}": ${why}`, { cause });
}
