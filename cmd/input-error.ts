import { CodedError } from '#shared/base/coded-error.ts';

export type InputErrorCode = 'USAGE' | 'FILE' | 'DOCUMENT' | 'POLICY' | 'KEY' | 'TOKEN';

/** What the person at the keyboard gave cannot be used: exit code 2, and nothing was done. */
export class InputError extends CodedError<InputErrorCode> {}

/** A command line that does not make sense; the command's help is pointed to. */
export function usageError(message: string): InputError {
  return new InputError('USAGE', message);
}
