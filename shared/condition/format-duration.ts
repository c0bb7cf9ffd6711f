const SECOND = 1_000_000_000n;

/** Units below a second, greatest first. */
const SMALL_UNITS = [
  ['ms', 1_000_000n],
  ['µs', 1000n],
  ['ns', 1n],
] as const;

/** Nanoseconds as Go writes a duration: `1h0m1.5s`, `250ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds < 0n) return `-${formatDuration(-nanoseconds)}`;
  if (nanoseconds === 0n) return '0s';
  for (const [unit, size] of nanoseconds < SECOND ? SMALL_UNITS : [])
    if (nanoseconds >= size) return `${decimal(nanoseconds, size)}${unit}`;
  const minutes = nanoseconds / SECOND / 60n;
  const seconds = `${decimal(nanoseconds % (60n * SECOND), SECOND)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** A quotient by a power of ten, without trailing zeros. */
function decimal(value: bigint, unit: bigint): string {
  const digits = String(unit).length - 1;
  const fraction =
    digits === 0
      ? ''
      : String(value % unit)
          .padStart(digits, '0')
          .replace(/0+$/, '');
  return `${value / unit}${fraction === '' ? '' : `.${fraction}`}`;
}
