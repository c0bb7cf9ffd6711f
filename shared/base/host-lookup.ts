import { CodedError } from './coded-error.ts';

export type HostLookupErrorCode =
  /** Nothing has that name, or it has no address. */
  | 'NO_SUCH_HOST'
  /** Whoever was asked did not answer, and may soon. */
  | 'UNREACHABLE';

/** A host whose addresses are not known. */
export class HostLookupError extends CodedError<HostLookupErrorCode> {}

/** Finds the IP addresses that hosts have. */
export interface HostLookup {
  /**
   * All addresses of a host, at least one.
   * @throws {HostLookupError} and the reason of the signal.
   */
  addressesOf(host: string, signal: AbortSignal | undefined): Promise<readonly string[]>;
}
