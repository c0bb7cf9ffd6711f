/**
 * Kyverno's wildcard: `*` is any run of characters, `?` exactly one, everything else is itself; the whole
 * text must match, case counts, there are no classes and no escape (Kyverno 1.19).
 *
 * Only the last `*` is ever retried, so the work is bounded by pattern length times text length; Kyverno's
 * own matcher is exponential in the number of `*`.
 */
export function wildcardMatches(pattern: string, text: string): boolean {
  if (pattern === '*') return true;
  return SURROGATE.test(text) || SURROGATE.test(pattern)
    ? matches(Array.from(pattern), Array.from(text))
    : matches(pattern, text);
}

/** Whether `pattern` holds a wildcard at all. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

/**
 * Like {@link wildcardMatches}, but what stands before the first `/` of the pattern is matched against
 * what stands before the first `/` of the text, so that a wildcard in a host never reaches into the path
 * (`*.trusted.example/*` is not `attacker.example/x.trusted.example/y`). Only the lone `*` means everything.
 */
export function hostBoundedWildcardMatches(pattern: string, text: string): boolean {
  if (/^\*+$/.test(pattern)) return true;
  const patternSlash = pattern.indexOf('/');
  const textSlash = text.indexOf('/');
  if (patternSlash < 0 || textSlash < 0)
    return patternSlash < 0 && textSlash < 0 && wildcardMatches(pattern, text);
  return (
    wildcardMatches(pattern.slice(0, patternSlash), text.slice(0, textSlash)) &&
    wildcardMatches(pattern.slice(patternSlash + 1), text.slice(textSlash + 1))
  );
}

/** Characters beyond the basic plane take two code units; only then is the split into code points needed. */
const SURROGATE = /[\ud800-\udfff]/;

/** Greedy match with one point of return: after the last `*`, one character further each time. */
function matches(pattern: ArrayLike<string>, text: ArrayLike<string>): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.length && pattern[p] === '*') p++;
  return p === pattern.length;
}
