/** A number in decimal notation as Go reads it (`strconv.ParseFloat`); undefined for other text. */
export function parseDecimal(text: string): number | undefined {
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?$/.test(text) && text.length <= MAX_LENGTH
    ? Number(text)
    : undefined;
}

/** Longer texts are no number that a person writes. */
const MAX_LENGTH = 64;
