import { messageOf } from '../../base/coded-error.ts';
import type { Evaluation } from '../evaluation.ts';
import { generateText } from '../random/generate-text.ts';
import { parseTextPattern } from '../random/parse-text-pattern.ts';
import type { TextPattern } from '../random/text-pattern.ts';
import { ArgumentFault } from './argument-fault.ts';
import type { Arguments } from './arguments.ts';
import type { FunctionGroup } from './function-entry.ts';

/** Functions whose value is another one each time. */
export const RANDOM_FUNCTIONS: FunctionGroup = {
  random: { parameters: [['string']], call: random },
};

/** As for all regular expressions here: longer than any that a person writes. */
const MAX_PATTERN_LENGTH = 4096;

function random(args: Arguments, { budget }: Evaluation): string {
  const pattern = args.text(0);
  if (pattern === '') throw new ArgumentFault('no pattern provided');
  if (pattern.length > MAX_PATTERN_LENGTH)
    throw new ArgumentFault(
      `the pattern has ${pattern.length} characters, expected at most ${MAX_PATTERN_LENGTH}`,
    );
  budget.spend(pattern.length);
  return generateText(parsed(pattern), budget);
}

function parsed(pattern: string): TextPattern {
  try {
    return parseTextPattern(pattern);
  } catch (cause) {
    throw new ArgumentFault(messageOf(cause), { cause });
  }
}
