import { ConditionError } from '../../condition-error.ts';
import type { CelValue } from '../value/cel-value.ts';
import { CelUint } from '../value/cel-uint.ts';
import { typeNameOf } from '../value/type-name-of.ts';
import type { CallArguments } from './call-arguments.ts';
import { parseDouble } from './parse-double.ts';
import { formatFixed, formatScientific } from './format-decimal.ts';
import { formatString } from './format-value.ts';
import { type FormatClause, parseFormat } from './parse-format.ts';

/**
 * `'%s is %d'.format([…])` as version 2 of CEL's extension for texts has it, whose numbers are written in English.
 * @throws {ConditionError} INVALID_ARGUMENT for a value that a clause cannot write, TOO_EXPENSIVE.
 */
export function formatText(args: CallArguments): string {
  const text = args.text(0);
  const values = args.list(1);
  args.spendText(text.length);
  let next = 0;
  let result = '';
  for (const part of parseFormat(text)) {
    if (typeof part === 'string') result += part;
    else {
      const value = values[next];
      if (value === undefined) throw refused(`index ${next} out of range`);
      next += 1;
      result += formatClause(part, value, args);
    }
    args.spendText(result.length);
  }
  return result;
}

function refused(why: string): ConditionError {
  return new ConditionError('INVALID_ARGUMENT', `error during formatting: ${why}`);
}

function formatClause(
  { verb, precision }: FormatClause,
  value: CelValue,
  args: CallArguments,
): string {
  switch (verb) {
    case 's':
      return formatString(value, args.budget);
    case 'd':
      return wholeNumber(value, verb).toString();
    case 'o':
      return wholeNumber(value, verb).toString(8);
    case 'b':
      return typeof value === 'boolean'
        ? String(Number(value))
        : wholeNumber(value, verb).toString(2);
    case 'x':
    case 'X':
      return formatHexadecimal(value, verb, args);
    case 'f':
      return formatFixed(decimal(value, verb), precision, args.budget);
    case 'e':
      return formatScientific(decimal(value, verb), precision, args.budget);
  }
}

function wholeNumber(value: CelValue, verb: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof CelUint) return value.value;
  throw refused(`%${verb} was given ${typeNameOf(value)}`);
}

const SPECIAL: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity']);

function decimal(value: CelValue, verb: string): number {
  if (typeof value === 'number') return value;
  const special = typeof value === 'string' && SPECIAL.has(value) ? parseDouble(value) : undefined;
  if (special !== undefined) return special;
  throw refused(`%${verb} was given ${typeNameOf(value)}`);
}

function formatHexadecimal(value: CelValue, verb: 'x' | 'X', args: CallArguments): string {
  const text = hexadecimal(value, verb, args);
  return verb === 'X' ? text.toUpperCase() : text;
}

function hexadecimal(value: CelValue, verb: string, args: CallArguments): string {
  if (typeof value !== 'string' && !(value instanceof Uint8Array))
    return wholeNumber(value, verb).toString(16);
  args.spendText(value.length * 2);
  return Buffer.from(value as string).toString('hex');
}
