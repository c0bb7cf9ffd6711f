import { CodedError } from '../base/coded-error.ts';

/**
 * Why a registry did not give what was asked for. Only `NOT_FOUND` is an answer about the content;
 * every other code means "could not find out" and is never read as "not signed" (MUST-NOT-HAPPEN 32).
 */
export type RegistryErrorCode =
  | 'NOT_FOUND'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'RATE_LIMITED'
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'MALFORMED'
  | 'TOO_LARGE'
  | 'DIGEST_MISMATCH'
  /** Answers come from a recording, and this one is not in it. */
  | 'NOT_RECORDED';

export interface RegistryErrorOptions extends ErrorOptions {
  /** Seconds the registry asked to wait (`Retry-After`). */
  readonly retryAfterSeconds?: number;
  /** The HTTP status, where there was one. */
  readonly status?: number;
}

export class RegistryError extends CodedError<RegistryErrorCode> {
  readonly retryAfterSeconds: number | undefined;
  readonly status: number | undefined;

  constructor(code: RegistryErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(code, message, options);
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.status = options.status;
  }
}
