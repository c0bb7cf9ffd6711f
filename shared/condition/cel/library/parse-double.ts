/** Underscores may stand between digits. */
const DIGITS = String.raw`\d+(?:_\d+)*`;
const DECIMAL = new RegExp(
  `^[-+]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:[eE][-+]?${DIGITS})?$`,
);
const INFINITE = /^([-+]?)inf(?:inity)?$/i;
const HEXADECIMAL = /^([-+]?)0[xX]([\dA-Fa-f_]*)\.?([\dA-Fa-f_]*)[pP]([-+]?\d+)$/;

/** Longer texts are no number that a person writes. */
const MAX_LENGTH = 400;

/** A number as Go's `strconv.ParseFloat` reads it; undefined for other text and what is too great. */
export function parseDouble(text: string): number | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  if (/^nan$/i.test(text)) return Number.NaN;
  const [infinite, sign] = INFINITE.exec(text) ?? [];
  if (infinite !== undefined)
    return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = DECIMAL.test(text) ? Number(text.replaceAll('_', '')) : hexadecimal(text);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** At most as many digits as a double holds exactly. */
const MAX_DIGITS = 13;

function hexadecimal(text: string): number | undefined {
  const [, sign, whole = '', fraction = '', exponent] = HEXADECIMAL.exec(text) ?? [];
  const digits = whole + fraction;
  if (digits === '' || digits.includes('_') || digits.length > MAX_DIGITS) return undefined;
  const value = Number.parseInt(digits, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -value : value;
}
