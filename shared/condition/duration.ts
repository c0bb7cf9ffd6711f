/** Nanoseconds by unit, Go's `time.ParseDuration`. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['µs', 1000n],
  ['μs', 1000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** Longer texts are no duration that a person writes. */
const MAX_LENGTH = 64;

/** Go holds durations in 64 bits, about 292 years. */
export const MAX_DURATION: bigint = 2n ** 63n - 1n;

const FORM = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d*)\.?(\d*)([a-zµμ]+)/g;

/**
 * A duration in nanoseconds as Go writes it (`1h30m`, `-0.5s`), exactly; undefined for other text. Days do
 * not exist, and a bare `0` is left to be a quantity (Kyverno 1.19).
 */
export function parseNanoseconds(text: string): bigint | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const form = FORM.exec(text);
  if (form === null) return undefined;
  const [, sign, parts = ''] = form;
  let total = 0n;
  for (const part of parts.matchAll(PART)) total += nanoseconds(part);
  if (total > MAX_DURATION) return undefined;
  return sign === '-' ? -total : total;
}

function nanoseconds([, whole = '', fraction = '', unit = '']: RegExpMatchArray): bigint {
  return (BigInt(whole + fraction) * (UNITS.get(unit) ?? 0n)) / 10n ** BigInt(fraction.length);
}

/** Like {@link parseNanoseconds} as the nearest double, for comparisons. */
export function parseDuration(text: string | undefined): number | undefined {
  const exact = text === undefined ? undefined : parseNanoseconds(text);
  return exact === undefined ? undefined : Number(exact);
}
