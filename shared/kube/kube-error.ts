import { CodedError } from '../base/coded-error.ts';

export type KubeErrorCode =
  | 'NO_CONFIG'
  | 'BAD_CONFIG'
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'INVALID'
  | 'TOO_LARGE'
  | 'SERVER_ERROR';

/** The API server could not be reached or refused; the message says which call and why. */
export class KubeError extends CodedError<KubeErrorCode> {
  /** HTTP status, where there was one. */
  readonly status: number | undefined;

  constructor(
    code: KubeErrorCode,
    message: string,
    options: ErrorOptions & { readonly status?: number } = {},
  ) {
    super(code, message, options);
    this.status = options.status;
  }
}
