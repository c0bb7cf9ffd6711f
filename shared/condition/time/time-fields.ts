import type { Instant } from './instant.ts';

/** What a text says about a time, field by field; what it does not say is undefined. */
export interface TimeFields {
  year?: number;
  month?: number;
  day?: number;
  dayOfYear?: number;
  hour?: number;
  isAfternoon?: boolean;
  minute?: number;
  second?: number;
  nanosecond?: number;
  /** Seconds east of UTC. */
  offset?: number;
  /** Whether it says UTC, whatever else it says. */
  isUtc?: boolean;
  /** The offset of a named zone, which Go shows without taking it into account. */
  shownOffset?: number;
}

/**
 * The instant of the fields; what is not said is the start of the year 0 in UTC (Go: `time.Parse`).
 * Undefined for a day that the month does not have, and for contradictions.
 */
export function instantOf(fields: TimeFields): Instant | undefined {
  const { year = 0, minute = 0, second = 0, nanosecond = 0 } = fields;
  const date = dateOf(fields, year);
  if (date === undefined) return undefined;
  const seconds = date / 1000 + hourOf(fields) * 3600 + minute * 60 + second;
  const { offset, shown } = offsetsOf(fields);
  return { epoch: BigInt(seconds - offset) * 1_000_000_000n + BigInt(nanosecond), offset: shown };
}

function offsetsOf({ isUtc = false, offset, shownOffset = 0 }: TimeFields): {
  readonly offset: number;
  readonly shown: number;
} {
  if (isUtc) return { offset: 0, shown: 0 };
  return { offset: offset ?? 0, shown: offset ?? shownOffset };
}

/** Milliseconds at the start of the day. */
function dateOf(fields: TimeFields, year: number): number | undefined {
  const { month = 1, day = 1, dayOfYear } = fields;
  if (dayOfYear !== undefined) return dateInYear(fields, year, dayOfYear);
  const date = midnight(year, month, day);
  return new Date(date).getUTCMonth() + 1 === month ? date : undefined;
}

/** Month and day may be said as well, but must agree. */
function dateInYear(fields: TimeFields, year: number, dayOfYear: number): number | undefined {
  const milliseconds = midnight(year, 1, dayOfYear);
  const date = new Date(milliseconds);
  const { month = date.getUTCMonth() + 1, day = date.getUTCDate() } = fields;
  const agrees = month === date.getUTCMonth() + 1 && day === date.getUTCDate();
  return agrees && date.getUTCFullYear() === year ? milliseconds : undefined;
}

/** `Date.UTC` reads years below 100 as of the twentieth century. */
function midnight(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

function hourOf({ hour = 0, isAfternoon }: TimeFields): number {
  if (isAfternoon === undefined) return hour;
  if (isAfternoon) return hour < 12 ? hour + 12 : hour;
  return hour === 12 ? 0 : hour;
}
