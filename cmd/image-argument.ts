import { messageOf } from '#shared/base/coded-error.ts';
import { type ImageReference, parseReference } from '#shared/image/reference.ts';
import { usageError } from './input-error.ts';

/**
 * The image that a command line names.
 * @throws {InputError} where it is no image reference.
 */
export function imageArgument(written: string): ImageReference {
  try {
    return parseReference(written);
  } catch (cause) {
    throw usageError(messageOf(cause));
  }
}
