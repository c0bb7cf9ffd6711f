import { CodedError } from '../base/coded-error.ts';

export type ServiceErrorCode =
  /** The URL, a header or the certificates of the entry cannot be used. */
  | 'BAD_CALL'
  /** It is at an address that policies may not have called. */
  | 'FORBIDDEN_ADDRESS'
  /** Also where it says that it cannot answer now. */
  | 'UNREACHABLE'
  | 'TIMEOUT'
  /** Another status that is none of 2xx. */
  | 'REFUSED'
  | 'TOO_LARGE'
  | 'MALFORMED';

/** A service that gave no answer that could be used. */
export class ServiceError extends CodedError<ServiceErrorCode> {}
