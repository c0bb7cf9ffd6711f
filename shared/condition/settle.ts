import { ConditionError } from './condition-error.ts';
import { PendingHost } from './host-addresses.ts';
import { PendingEntry } from './scope.ts';

export interface SettleOptions {
  /** Fetches an entry, so that the next run finds it. */
  readonly fetchEntry: (name: string) => Promise<void>;
  /** How many entries there are: each is fetched once at most. */
  readonly entries: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs an evaluation that may need entries which have not been fetched, or hosts which have not been looked up,
 * as often as that takes: each time it stops at one, that one is fetched. `run` must have no effect but its result.
 * @throws {ConditionError} CIRCULAR_VARIABLE where fetching gives no entries any more; besides whatever
 * `run` and `fetchEntry` throw, and the reason of the signal.
 */
export async function settle<Result>(
  run: () => Result,
  { fetchEntry, entries, signal }: SettleOptions,
): Promise<Result> {
  let fetched = 0;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return run();
    } catch (error) {
      if (error instanceof PendingHost) {
        await error.lookUp();
        continue;
      }
      if (!(error instanceof PendingEntry)) throw error;
      if (fetched >= entries)
        throw new ConditionError(
          'CIRCULAR_VARIABLE',
          `Cannot evaluate context entry "${error.entry}": it needs itself`,
          { cause: error },
        );
      // One at a time: which entry is needed next may depend on this one.
      await fetchEntry(error.entry);
      fetched += 1;
    }
  }
}
