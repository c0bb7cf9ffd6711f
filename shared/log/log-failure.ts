import { LogLookupError, type LogLookupErrorCode } from '../signature/log-lookup.ts';

/** The error where a log could not be asked, in one form of words. */
export function logFailure(
  base: string,
  code: LogLookupErrorCode,
  ...[why, cause]: readonly [string, unknown?]
): LogLookupError {
  const message = `Cannot ask the transparency log ${base}: ${why}`;
  return new LogLookupError(code, message, cause === undefined ? {} : { cause });
}
