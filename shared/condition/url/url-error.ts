import { CodedError } from '../../base/coded-error.ts';

export type UrlErrorCode = 'MALFORMED_URL';

/** Text that is no URL, in Go's words. */
export class UrlError extends CodedError<UrlErrorCode> {
  constructor(message: string) {
    super('MALFORMED_URL', message);
  }
}
