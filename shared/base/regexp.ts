import { RE2JS } from 're2js';
import { CodedError, messageOf } from './coded-error.ts';

export type RegexpErrorCode = 'EMPTY' | 'TOO_LONG' | 'SYNTAX';

/** A regular expression that cannot be used; says where it is wrong. */
class RegexpError extends CodedError<RegexpErrorCode> {}

/** A compiled regular expression with RE2 semantics: linear time whatever the text. */
export interface Regexp {
  readonly source: string;
  /** Whether it can match a part of a text where the whole was meant (MUST-NOT-HAPPEN 11). */
  readonly isAnchored: boolean;
  /** Whether it matches texts that have nothing in common, as `.*` does. */
  readonly matchesAnything: boolean;
  /** Go's `MatchString`: true if any part of the text matches, unless the expression is anchored. */
  test(text: string): boolean;
  /** What it matches in the text, from left to right; lazily, so that the caller can stop. */
  matches(text: string): Iterable<RegexpMatch>;
  /** How many instructions it compiles to: what a search costs for each character of a text. */
  readonly size: number;
}

/** One place that an expression matches. */
export interface RegexpMatch {
  readonly start: number;
  readonly end: number;
  /** A group's text by number or name; 0 is all of it. Empty where it has no part or does not exist. */
  group(key: number | string): string;
}

/** Longer than any identity pattern; a compiled expression takes memory in proportion. */
const MAX_SOURCE_LENGTH = 4096;

/** Texts without anything in common: an expression that takes all of them takes everything. */
const UNRELATED_TEXTS = ['', 'a', '0', 'https://x.example/\u{e000}', '-_-@[]', '\n'];

/**
 * Compiles a regular expression as Go does, which cosign and Kyverno use.
 * @throws {RegexpError} for an expression that is empty, too long, or not RE2 syntax.
 */
export function compileRegexp(source: string): Regexp {
  if (source === '')
    throw new RegexpError('EMPTY', 'Cannot use regular expression "": it matches everything');
  if (source.length > MAX_SOURCE_LENGTH) {
    throw new RegexpError(
      'TOO_LONG',
      `Cannot use regular expression: found ${source.length} characters, expected at most ${MAX_SOURCE_LENGTH}`,
    );
  }
  const compiled = compile(source);
  const test = (text: string): boolean => compiled.test(text);
  return {
    source,
    isAnchored: isAnchored(source),
    matchesAnything: UNRELATED_TEXTS.filter((text) => test(text)).length > 3,
    test,
    matches: (text) => matchesIn(compiled, text),
    size: compiled.programSize(),
  };
}

/** As Go's `FindAll`: an empty match right after another one does not count. */
function* matchesIn(compiled: RE2JS, text: string): Generator<RegexpMatch> {
  const matcher = compiled.matcher(text);
  const names = compiled.namedGroups();
  let last = -1;
  while (matcher.find()) {
    const start = matcher.start();
    const end = matcher.end();
    if (start !== end || start !== last)
      yield {
        start,
        end,
        group: (key) => {
          const index = typeof key === 'number' ? key : names[key];
          const isKnown = index !== undefined && index <= matcher.groupCount();
          return isKnown ? (matcher.group(index) ?? '') : '';
        },
      };
    last = end;
  }
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (cause) {
    throw new RegexpError(
      'SYNTAX',
      `Cannot use regular expression ${JSON.stringify(source)}: it is not RE2 syntax (${messageOf(cause)})`,
      { cause },
    );
  }
}

/**
 * Whether every alternative starts with `^` and ends with `$`. Errs on the side of "no": a warning too many
 * does no harm.
 */
function isAnchored(source: string): boolean {
  // Flags that leave the meaning of ^ and $ alone; (?m) does not.
  const body = source.replace(/^\(\?[isU]+\)/, '');
  return /^(?:\^|\\A)/.test(body) && isAnchoredAtEnd(body) && !hasTopLevelAlternative(body);
}

/** `$` that is not escaped, or `\z` whose backslash is not. */
function isAnchoredAtEnd(body: string): boolean {
  const escapes = /(\\*).$/.exec(body)?.[1]?.length ?? 0;
  return body.endsWith('$') ? escapes % 2 === 0 : body.endsWith('z') && escapes % 2 === 1;
}

function hasTopLevelAlternative(source: string): boolean {
  let depth = 0;
  let inClass = false;
  for (let index = 0; index < source.length; index += 1) {
    const char = source[index];
    if (char === '\\') index += 1;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === '|' && depth === 0) return true;
  }
  return false;
}
