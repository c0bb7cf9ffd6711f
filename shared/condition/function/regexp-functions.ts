import { messageOf } from '../../base/coded-error.ts';
import { compileRegexp, type Regexp, type RegexpMatch } from '../../base/regexp.ts';
import { wildcardMatches } from '../../base/wildcard.ts';
import type { EvaluationBudget } from '../evaluation-budget.ts';
import type { Evaluation } from '../evaluation.ts';
import { ArgumentFault } from './argument-fault.ts';
import type { Arguments } from './arguments.ts';
import { expandTemplate } from './expand-template.ts';
import { formatNumber32 } from './format-number.ts';
import type { FunctionGroup } from './function-entry.ts';

const TEXT = ['string'] as const;
const TEXT_OR_NUMBER = ['string', 'number'] as const;

/** Functions with patterns: RE2 expressions as Go has them, and Kyverno's wildcards. */
export const REGEXP_FUNCTIONS: FunctionGroup = {
  pattern_match: { parameters: [TEXT, TEXT_OR_NUMBER], call: patternMatch },
  regex_match: { parameters: [TEXT, TEXT_OR_NUMBER], call: regexMatch },
  regex_replace_all: {
    parameters: [TEXT, TEXT_OR_NUMBER, TEXT_OR_NUMBER],
    call: (args, { budget }) => replaceAll(args, budget, expandTemplate),
  },
  regex_replace_all_literal: {
    parameters: [TEXT, TEXT_OR_NUMBER, TEXT_OR_NUMBER],
    call: (args, { budget }) => replaceAll(args, budget, (literal) => literal),
  },
};

/**
 * Instructions tried on characters that count as one step of the budget. A search tries each instruction
 * on each character in the worst case.
 */
const TRIES_PER_STEP = 8;

/** RE2 refuses more copies than that, in total of nested repetitions too. */
const MAX_REPEAT = 1000;

/** A number counts as its text. */
function textOrNumber(args: Arguments, index: number): string {
  const value = args.all[index];
  return typeof value === 'number' ? formatNumber32(value) : args.text(index);
}

function patternMatch(args: Arguments, { budget }: Evaluation): boolean {
  const pattern = args.text(0);
  const text = textOrNumber(args, 1);
  budget.spend(Math.ceil((pattern.length * text.length) / 64));
  return wildcardMatches(pattern, text);
}

function regexMatch(args: Arguments, { budget }: Evaluation): boolean {
  const text = textOrNumber(args, 1);
  return compiled(args, text, budget).test(text);
}

/** The expression of the first argument, paid for searching `text`. */
function compiled(args: Arguments, text: string, budget: EvaluationBudget): Regexp {
  const source = args.text(0);
  budget.spend(compileSteps(source));
  const regexp = compile(source === '' ? '(?:)' : source);
  budget.spend(Math.ceil((regexp.size * (text.length + 1)) / TRIES_PER_STEP));
  return regexp;
}

/** A counted repetition compiles to as many copies of what it repeats. */
function compileSteps(source: string): number {
  const counts = Array.from(source.matchAll(/\{(?:\d*,)?(\d+),?\}/g), ([, count]) => Number(count));
  return source.length * 2 * Math.min(Math.max(1, ...counts), MAX_REPEAT);
}

function compile(source: string): Regexp {
  try {
    return compileRegexp(source);
  } catch (cause) {
    throw new ArgumentFault(messageOf(cause), { cause });
  }
}

function replaceAll(
  args: Arguments,
  budget: EvaluationBudget,
  expand: (template: string, match: RegexpMatch) => string,
): string {
  const text = textOrNumber(args, 1);
  const template = textOrNumber(args, 2);
  const parts: string[] = [];
  let last = 0;
  for (const match of compiled(args, text, budget).matches(text)) {
    const replacement = expand(template, match);
    budget.spend(1 + Math.ceil(replacement.length / 64));
    parts.push(text.slice(last, match.start), replacement);
    last = match.end;
  }
  return [...parts, text.slice(last)].join('');
}
