import { parseStrictJson } from '../../base/strict-json.ts';
import type { JsonValue } from '../../base/json-value.ts';
import { parseFirstValue } from '../../document/parse-documents.ts';
import { patternSubject } from '../../image/format-reference.ts';
import { parseReference } from '../../image/reference.ts';
import { CodedError } from '../../base/coded-error.ts';
import { formatGoJson } from '../go-json.ts';
import { ArgumentFault, textArgument, valueArgument, valueType } from './argument.ts';
import type { Argument, CallContext, FunctionGroup } from './function-entry.ts';

/** Functions between types. */
export const CONVERSION_FUNCTIONS: FunctionGroup = {
  image_normalize: { parameters: [['string']], call: normalizeImage },
  parse_json: { parameters: [['string']], call: parseJson },
  parse_yaml: { parameters: [['string']], call: parseYaml },
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

/** A key that occurs twice is refused, where Kyverno takes the last. */
function parseJson(args: readonly Argument[], context: CallContext): JsonValue {
  return converted(args, context, parseStrictJson);
}

/** The first document; YAML as Kubernetes reads it. */
function parseYaml(args: readonly Argument[], context: CallContext): JsonValue {
  return converted(args, context, (text) => parseFirstValue(text, 'argument 1'));
}

/** The name that image patterns see: registry added, and a digest without the tag beside it. */
function normalizeImage(args: readonly Argument[], context: CallContext): JsonValue {
  return converted(args, context, (text) => patternSubject(parseReference(text)));
}

function converted(
  args: readonly Argument[],
  { budget }: CallContext,
  convert: (text: string) => JsonValue,
): JsonValue {
  const text = textArgument(args, 0);
  // Parsing costs several times what reading does.
  budget.spend(Math.ceil(text.length / 8));
  try {
    return convert(text);
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause;
    throw new ArgumentFault(cause.message, { cause });
  }
}
