import { MAX_DURATION } from '../duration.ts';
import { formatDuration } from '../format-duration.ts';
import { ArgumentFault } from './argument-fault.ts';

/**
 * Nanoseconds as text.
 * @throws {ArgumentFault} for what Go cannot hold; Go itself would give a wrong duration.
 */
export function durationResult(nanoseconds: bigint): string {
  if (nanoseconds > MAX_DURATION || nanoseconds < -MAX_DURATION - 1n)
    throw new ArgumentFault('the result is longer than a duration can be');
  return formatDuration(nanoseconds);
}

/** Go's `Duration.Seconds`, whose rounding Kyverno's arithmetic has. */
export function inSeconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000_000n) + Number(nanoseconds % 1_000_000_000n) / 1e9;
}

/** The duration of that many seconds, as text; what is finer than nanoseconds is cut off. */
export function fromSeconds(seconds: number): string {
  const nanoseconds = Math.trunc(seconds * 1e9);
  if (!Number.isFinite(nanoseconds))
    throw new ArgumentFault('the result is longer than a duration can be');
  return durationResult(BigInt(nanoseconds));
}
