import { ConditionError } from './condition-error.ts';

/** Which IP addresses hosts have, for the one function that asks. */
export interface HostAddresses {
  /**
   * The addresses of a host, at least one.
   * @throws {PendingHost} where they must be looked up first.
   * @throws {ConditionError} INVALID_ARGUMENT for a host that does not exist, LOOKUP_FAILED where that cannot
   * be found out, TOO_EXPENSIVE where too many were asked for.
   */
  addressesOf(host: string): readonly string[];
}

/** Where expressions are evaluated and nobody can wait for an answer. */
export const NO_HOST_ADDRESSES: HostAddresses = {
  addressesOf(host) {
    throw new ConditionError('LOOKUP_FAILED', `lookup ${host}: hosts are not looked up here`);
  },
};

/**
 * Thrown when an expression needs the addresses of a host that were not looked up: evaluation is synchronous,
 * so it stops here, they are looked up, and evaluation starts again ({@link HostAddresses}).
 */
export class PendingHost extends Error {
  /** Finds out, so that the next run has an answer: whatever came of it, this host never pends again. */
  readonly lookUp: () => Promise<void>;

  constructor(host: string, lookUp: () => Promise<void>) {
    super(`The addresses of host "${host}" have not been looked up yet`);
    this.name = 'PendingHost';
    this.lookUp = lookUp;
  }
}
