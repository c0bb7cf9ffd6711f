import { MAX_DURATION } from '../duration.ts';

const SECOND = 1_000_000_000n;

/** A point in time, and the offset from UTC in which it was written. */
export interface Instant {
  /** Nanoseconds since 1970. */
  readonly epoch: bigint;
  /** Seconds east of UTC. */
  readonly offset: number;
}

/** The time as a clock on the wall there shows it; whole seconds. */
function wallTime({ epoch, offset }: Instant): Date {
  const seconds = floorDivide(epoch, SECOND) + BigInt(offset);
  return new Date(Number(seconds) * 1000);
}

/** RFC 3339 without fractions, as Go formats `time.RFC3339`. */
export function formatRfc3339(instant: Instant): string {
  const wall = wallTime(instant);
  const year = wall.getUTCFullYear();
  const written = `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}`;
  // After the year: "-01-02T15:04:05".
  const rest = /-\d\d-\d\dT\d\d:\d\d:\d\d/.exec(wall.toISOString())?.[0] ?? '';
  return `${written}${rest}${formatOffset(instant.offset)}`;
}

function formatOffset(offset: number): string {
  if (offset === 0) return 'Z';
  const minutes = Math.trunc(Math.abs(offset) / 60);
  return `${offset < 0 ? '-' : '+'}${padded(Math.trunc(minutes / 60))}:${padded(minutes % 60)}`;
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}

/** Minute, hour, day of the month, month and day of the week, as cron writes them. */
export function formatCron(instant: Instant): string {
  const wall = wallTime(instant);
  return [
    wall.getUTCMinutes(),
    wall.getUTCHours(),
    wall.getUTCDate(),
    wall.getUTCMonth() + 1,
    wall.getUTCDay(),
  ].join(' ');
}

/** Nanoseconds from one instant to another, at most what Go's `Duration` holds. */
export function between(from: Instant, to: Instant): bigint {
  const difference = to.epoch - from.epoch;
  if (difference > MAX_DURATION) return MAX_DURATION;
  return difference < -MAX_DURATION ? -MAX_DURATION - 1n : difference;
}

/** Nanoseconds from the start of the year 1, from which Go counts, to 1970. */
const YEAR_ONE = 62_135_596_800n * SECOND;

/** Rounded down to a multiple of a duration; the same where that is not positive. */
export function truncated(instant: Instant, duration: bigint): Instant {
  if (duration <= 0n) return instant;
  const since = instant.epoch + YEAR_ONE;
  return { ...instant, epoch: floorDivide(since, duration) * duration - YEAR_ONE };
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}
