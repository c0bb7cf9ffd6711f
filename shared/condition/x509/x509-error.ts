import { CodedError } from '../../base/coded-error.ts';

export type X509ErrorCode = 'MALFORMED_CERTIFICATE';

/** Something that is no certificate, or none that policies can read; in Go's words, or Kyverno's. */
export class X509Error extends CodedError<X509ErrorCode> {
  constructor(message: string) {
    super('MALFORMED_CERTIFICATE', message);
  }
}
