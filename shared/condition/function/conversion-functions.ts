import { CodedError } from '../../base/coded-error.ts';
import type { JsonValue } from '../../base/json-value.ts';
import { parseStrictJson } from '../../base/strict-json.ts';
import { parseFirstValue } from '../../document/parse-documents.ts';
import { patternSubject } from '../../image/format-reference.ts';
import { parseReference, withWrittenHost } from '../../image/reference.ts';
import type { Evaluation } from '../evaluation.ts';
import { formatGoJson } from '../go-json.ts';
import { ArgumentFault } from './argument-fault.ts';
import { typeOf } from './argument-type.ts';
import type { Arguments } from './arguments.ts';
import type { FunctionGroup } from './function-entry.ts';

/** Functions between types. */
export const CONVERSION_FUNCTIONS: FunctionGroup = {
  image_normalize: { parameters: [['string']], call: normalizeImage },
  parse_json: { parameters: [['string']], call: parseJson },
  parse_yaml: { parameters: [['string']], call: parseYaml },
  to_boolean: { parameters: [['string']], call: toBoolean },
  to_number: { parameters: [['any']], call: toNumber },
  to_string: { parameters: [['any']], call: toText },
  type: { parameters: [['any']], call: (args) => typeOf(args.value(0)) },
};

function toText(args: Arguments, { budget }: Evaluation): string {
  const value = args.value(0);
  return typeof value === 'string' ? value : formatGoJson(value, budget);
}

/** Go's floating-point literals without hexadecimal ones and without "inf" and "nan", which JSON has not. */
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

function toNumber(args: Arguments): JsonValue {
  const value = args.value(0);
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

function toBoolean(args: Arguments): boolean {
  const text = args.text(0);
  const lower = text.toLowerCase();
  if (lower !== 'true' && lower !== 'false')
    throw new ArgumentFault(`argument 1 is ${JSON.stringify(text)}, expected "true" or "false"`);
  return lower === 'true';
}

/** A key that occurs twice is refused, where Kyverno takes the last. */
function parseJson(args: Arguments, context: Evaluation): JsonValue {
  return converted(args, context, parseStrictJson);
}

/** The first document; YAML as Kubernetes reads it. */
function parseYaml(args: Arguments, context: Evaluation): JsonValue {
  return converted(args, context, (text) => parseFirstValue(text, 'argument 1'));
}

/** The name that image patterns see: registry added, and a digest without the tag beside it. */
function normalizeImage(args: Arguments, context: Evaluation): JsonValue {
  return converted(args, context, (text) => patternSubject(withWrittenHost(parseReference(text))));
}

function converted(
  args: Arguments,
  { budget }: Evaluation,
  convert: (text: string) => JsonValue,
): JsonValue {
  const text = args.text(0);
  // Parsing costs several times what reading does.
  budget.spend(Math.ceil(text.length / 8));
  try {
    return convert(text);
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause;
    throw new ArgumentFault(cause.message, { cause });
  }
}
