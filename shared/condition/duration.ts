/** Nanoseconds by unit, Go's `time.ParseDuration`. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);

/** Longer texts are no duration that a person writes. */
const MAX_LENGTH = 64;

/**
 * A duration in nanoseconds as Go writes it (`1h30m`, `-0.5s`); undefined for other text. Days do not
 * exist, and a bare `0` is left to be a quantity (Kyverno 1.19).
 */
export function parseDuration(text: string | undefined): number | undefined {
  if (text === undefined || text.length > MAX_LENGTH) return undefined;
  const form = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (form === null) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of (form[2] ?? '').matchAll(/([\d.]+)([a-zµμ]+)/g))
    total += Number(amount) * (UNITS.get(unit) ?? Number.NaN);
  return form[1] === '-' ? -total : total;
}
