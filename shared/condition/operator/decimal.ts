/** Longer texts are no number that a person writes. */
const MAX_LENGTH = 64;

const DECIMAL = /^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d{1,3})?$/i;

/**
 * A number in decimal notation as Go reads it (`strconv.ParseFloat`), `inf` included; undefined for other
 * text.
 */
export function parseDecimal(text: string): number | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  if (DECIMAL.test(text)) return Number(text.replaceAll('_', ''));
  const infinite = /^([-+]?)inf(?:inity)?$/i.exec(text);
  if (infinite === null) return undefined;
  return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
