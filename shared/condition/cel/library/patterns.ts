import { CodedError } from '../../../base/coded-error.ts';
import { compileRegexp, type Regexp } from '../../../base/regexp.ts';
import { ConditionError } from '../../condition-error.ts';
import type { CallArguments } from './call-arguments.ts';
import type { Library } from './library.ts';

/** Regular expressions as in Kubernetes: RE2, linear time whatever the text. */
export const PATTERNS: Library = {
  'matches(string, string): bool': matches,
  'string -> matches(string): bool': matches,
  'string -> find(string): string': (args) => findAll(args, 1)[0] ?? '',
  'string -> findAll(string): list<string>': (args) => findAll(args, Number.POSITIVE_INFINITY),
  'string -> findAll(string, int): list<string>': (args) => {
    const limit = args.int(2);
    return findAll(args, limit < 0n ? Number.POSITIVE_INFINITY : Number(limit));
  },
};

/** Reading an expression takes about as long as these steps, and some for each of its instructions. */
const STEPS_TO_COMPILE = 100;
const STEPS_AN_INSTRUCTION = 10;

/**
 * Compiles a pattern, which may be empty.
 * @throws {ConditionError} INVALID_ARGUMENT for what is not RE2 syntax, or too long.
 */
export function compilePattern(source: string): Regexp {
  try {
    return compileRegexp(source === '' ? '(?:)' : source);
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause;
    throw new ConditionError('INVALID_ARGUMENT', cause.message, { cause });
  }
}

function compiled(args: CallArguments): Regexp {
  const source = args.text(1);
  args.budget.spend(STEPS_TO_COMPILE + source.length);
  const pattern = compilePattern(source);
  // Few characters can stand for many instructions.
  args.budget.spend(pattern.size * STEPS_AN_INSTRUCTION);
  return pattern;
}

/** What a search of so many characters costs. */
function spendSearch(characters: number, { size }: Regexp, args: CallArguments): void {
  args.spendText(characters * Math.max(1, size));
}

function matches(args: CallArguments): boolean {
  const pattern = compiled(args);
  spendSearch(args.text(0).length, pattern, args);
  return pattern.test(args.text(0));
}

function findAll(args: CallArguments, limit: number): readonly string[] {
  const text = args.text(0);
  const pattern = compiled(args);
  const found: string[] = [];
  spendSearch(text.length, pattern, args);
  if (limit === 0) return found;
  for (const match of pattern.matches(text)) {
    found.push(match.group(0));
    if (found.length >= limit) break;
    // Each search may look as far as the end.
    spendSearch(text.length - match.end, pattern, args);
  }
  return found;
}
