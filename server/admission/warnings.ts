/** The API server drops a warning that holds a control character without a word. */
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;

/**
 * The API server passes warnings on whole until those of all webhooks together have 4096 characters, and
 * cuts each at 256 from then on. Half is left to others.
 */
const MAX_WHOLE = 2048;

/** What the API server leaves of each where it cuts. Characters. */
const MAX_LENGTH = 256;

/** What a short one keeps of its beginning, which names the policy; the reason is at the end. Characters. */
const HEAD_LENGTH = 96;

/** Above this many characters in all, the rest would be lost anyway. */
const MAX_TOTAL = 4096;

/**
 * The warnings as the API server passes them on: one line each, none twice, not too many, and short where
 * they are many.
 */
export function sanitizeWarnings(warnings: readonly string[]): readonly string[] {
  if (warnings.length === 0) return warnings;
  const lines = warnings.map((warning) => warning.replaceAll(CONTROL, ' ').trim());
  const clean = new Set(lines.filter((line) => line !== ''));
  let total = 0;
  for (const line of clean) total += line.length;
  return total <= MAX_WHOLE ? [...clean] : limited([...clean].map(shorten));
}

function limited(lines: readonly string[]): readonly string[] {
  let total = 0;
  return lines.filter((line) => {
    total += line.length;
    return total <= MAX_TOTAL;
  });
}

/** Without its middle, so that both the policy and the reason stay. */
function shorten(text: string): string {
  // By code points, as the API server counts.
  const characters = Array.from(text);
  if (characters.length <= MAX_LENGTH) return text;
  const tail = characters.slice(HEAD_LENGTH + 1 - MAX_LENGTH);
  return `${characters.slice(0, HEAD_LENGTH).join('')}…${tail.join('')}`;
}
