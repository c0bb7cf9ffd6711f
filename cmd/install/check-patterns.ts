import { patternProblem } from '#shared/image/pattern-problem.ts';
import { usageError } from '../input-error.ts';

/**
 * What a policy is made for must be images that there can be.
 *
 * @param patternOf what becomes of the value of the flag.
 * @throws {InputError} USAGE, naming the flag and what to write.
 */
export function checkPatterns(
  flag: string,
  values: readonly string[],
  patternOf: (value: string) => string = (value) => value,
): void {
  for (const value of values) {
    const pattern = patternOf(value);
    const problem = patternProblem(pattern);
    if (problem === undefined) continue;
    throw usageError(
      `invalid argument "${value}" for "--${flag}" flag: the pattern "${pattern}" ${problem}`,
    );
  }
}
