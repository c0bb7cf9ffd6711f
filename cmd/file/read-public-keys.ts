import { messageOf } from '#shared/base/coded-error.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { InputError } from '../input-error.ts';
import type { Streams } from '../streams.ts';
import { readInputs } from './read-inputs.ts';

/**
 * The PEM text of a file with public keys (`-` for standard input), checked to hold some. Faults are said of
 * the file; a policy made from it would name a field of its own instead.
 * @throws {InputError}
 */
export async function readPublicKeys(path: string, streams: Streams): Promise<string> {
  const [input] = await readInputs([path], { recursive: false, streams });
  const pem = input?.text ?? '';
  try {
    parsePublicKeys(pem);
  } catch (cause) {
    throw new InputError('KEY', `Cannot use key file "${path}": ${messageOf(cause)}`, { cause });
  }
  return pem;
}
