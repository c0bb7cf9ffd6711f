import { CodedError } from '../base/coded-error.ts';
import type { Fault } from '../base/fault.ts';
import { compileRegexp, type Regexp } from '../base/regexp.ts';

/** How a policy names an identity: word for word, with `*` and `?`, or by regular expression. */
export interface TextMatcher {
  readonly kind: 'exact' | 'wildcard' | 'regexp';
  readonly source: string;
  test(text: string): boolean;
}

export type TextMatcherErrorCode = 'EMPTY';

/** A pattern that would match nothing or everything by mistake. */
class TextMatcherError extends CodedError<TextMatcherErrorCode> {}

/**
 * Compiles a pattern once.
 * @throws {TextMatcherError} for an empty pattern: it never means anything (MUST-NOT-HAPPEN 11).
 * @throws {RegexpError} for a regular expression that is not RE2 syntax.
 */
export function textMatcher(kind: TextMatcher['kind'], source: string): TextMatcher {
  if (source === '')
    throw new TextMatcherError('EMPTY', 'Cannot match identity: the pattern is empty');
  return { kind, source, test: testOf(kind, source) };
}

/** What is dangerous about a regular expression for an identity, as warnings for the field that holds it. */
export function regexpWarnings(
  { source, isAnchored, matchesAnything }: Regexp,
  path: string,
): readonly Fault[] {
  const written = JSON.stringify(source);
  if (matchesAnything) {
    const message = `${written} matches every text, so anybody who gets a certificate from the issuer is accepted; name the identity`;
    return [{ severity: 'warning', path, message }];
  }
  if (isAnchored) return [];
  const message = `${written} is not anchored, so it accepts every text that contains a match; write "^" before and "$" after it`;
  return [{ severity: 'warning', path, message }];
}

function testOf(kind: TextMatcher['kind'], source: string): TextMatcher['test'] {
  if (kind === 'exact') return (text) => text === source;
  const compiled = compileRegexp(kind === 'wildcard' ? wildcardSource(source) : source);
  return (text) => compiled.test(text);
}

/** Kyverno's wildcard, whole text, any character, as RE2: linear in the text. */
function wildcardSource(pattern: string): string {
  const parts = Array.from(pattern, (char) => {
    if (char === '*') return '.*';
    return char === '?' ? '.' : char.replace(/[\\^$.|+()[\]{}]/, String.raw`\$&`);
  });
  return String.raw`(?s)\A${parts.join('')}\z`;
}
