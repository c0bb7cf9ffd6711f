import { parseStrictJson } from '../../base/strict-json.ts';
import type { JsonValue } from '../../base/json-value.ts';
import { messageOf } from '../../base/coded-error.ts';
import { formatGoJson } from '../go-json.ts';
import { ArgumentFault, textArgument, valueArgument, valueType } from './argument.ts';
import type { Argument, CallContext, FunctionGroup } from './function-entry.ts';

/** Functions between types. */
export const CONVERSION_FUNCTIONS: FunctionGroup = {
  parse_json: { parameters: [['string']], call: parseJson },
  to_boolean: { parameters: [['string']], call: toBoolean },
  to_number: { parameters: [['any']], call: toNumber },
  to_string: { parameters: [['any']], call: toText },
  type: { parameters: [['any']], call: (args) => valueType(valueArgument(args, 0)) },
};

function toText(args: readonly Argument[], { budget }: CallContext): string {
  const value = valueArgument(args, 0);
  return typeof value === 'string' ? value : formatGoJson(value, budget);
}

/** Go's floating-point literals without hexadecimal ones and without "inf" and "nan", which JSON has not. */
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

function toNumber(args: readonly Argument[]): JsonValue {
  const value = valueArgument(args, 0);
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

function toBoolean(args: readonly Argument[]): boolean {
  const text = textArgument(args, 0);
  const lower = text.toLowerCase();
  if (lower !== 'true' && lower !== 'false')
    throw new ArgumentFault(`argument 1 is ${JSON.stringify(text)}, expected "true" or "false"`);
  return lower === 'true';
}

function parseJson(args: readonly Argument[], { budget }: CallContext): JsonValue {
  const text = textArgument(args, 0);
  budget.spend(Math.ceil(text.length / 64));
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw new ArgumentFault(`argument 1 is no JSON (${messageOf(cause)})`, { cause });
  }
}
