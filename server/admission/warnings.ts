/** The API server drops a warning that holds a control character without a word. */
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;

/** Above this many characters a warning may be cut by the API server. */
const MAX_LENGTH = 256;

/** Above this many characters in all, the API server starts to cut; the rest would be lost anyway. */
const MAX_TOTAL = 4096;

/** The warnings as the API server passes them on whole: one line each, short, none twice, not too many. */
export function sanitizeWarnings(warnings: readonly string[]): readonly string[] {
  if (warnings.length === 0) return warnings;
  const clean = new Set<string>();
  let total = 0;
  for (const warning of warnings) {
    const text = shorten(warning.replaceAll(CONTROL, ' ').trim());
    total += text.length;
    if (total > MAX_TOTAL) break;
    if (text !== '') clean.add(text);
  }
  return [...clean];
}

function shorten(text: string): string {
  // By code points, as the API server counts.
  const characters = Array.from(text);
  return characters.length <= MAX_LENGTH
    ? text
    : `${characters.slice(0, MAX_LENGTH - 1).join('')}…`;
}
