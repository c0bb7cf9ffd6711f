import { ConditionError } from '../../condition-error.ts';
import { MAX_INT, MIN_INT } from './int-range.ts';

const SECOND = 1_000_000_000n;

/** The years 1 to 9999 (cel-go: `minUnixTime`, `maxUnixTime`). Seconds since 1970. */
const MIN_TIME = -62_135_596_800n;
const MAX_TIME = 253_402_300_799n;

/** Nanoseconds since 1970. @throws {ConditionError} INVALID_ARGUMENT beyond the years 1 to 9999. */
export function inTimeRange(epoch: bigint): bigint {
  if (epoch >= MIN_TIME * SECOND && epoch < (MAX_TIME + 1n) * SECOND) return epoch;
  throw new ConditionError('INVALID_ARGUMENT', 'timestamp overflow');
}

/** @throws {ConditionError} INVALID_ARGUMENT for what has no place in 64 bits. */
export function inDurationRange(nanoseconds: bigint): bigint {
  if (nanoseconds >= MIN_INT && nanoseconds <= MAX_INT) return nanoseconds;
  throw new ConditionError('INVALID_ARGUMENT', 'duration overflow');
}
