import { ConditionError } from '../../condition-error.ts';
import { compareText } from '../../compare-text.ts';
import type { EvaluationBudget } from '../../evaluation-budget.ts';
import { CelMap } from '../value/cel-map.ts';
import { type CelValue, isCelList } from '../value/cel-value.ts';
import { CelDuration, CelTimestamp } from '../value/cel-time.ts';
import { CelTypeName } from '../value/cel-type-name.ts';
import { CelUint } from '../value/cel-uint.ts';
import { spendText } from '../value/spend.ts';
import { typeNameOf } from '../value/type-name-of.ts';
import { formatSeconds, formatShortest } from './format-double.ts';
import { formatTimestamp } from './format-timestamp.ts';

/**
 * A value as `%s` writes it.
 * @throws {ConditionError} INVALID_ARGUMENT for a value without a text, TOO_EXPENSIVE.
 */
export function formatString(value: CelValue, budget: EvaluationBudget): string {
  if (isCelList(value)) return formatList(value, budget);
  if (value instanceof CelMap) return formatMap(value, budget);
  if (typeof value === 'number') return formatShortest(value);
  return formatPlain(value, budget);
}

function formatPlain(value: Exclude<CelValue, number>, budget: EvaluationBudget): string {
  if (typeof value === 'string' || value instanceof Uint8Array) {
    spendText(value.length, budget);
    return typeof value === 'string' ? value : decode(value);
  }
  return value === null || typeof value !== 'object' ? String(value) : formatObject(value);
}

function formatObject(value: Extract<CelValue, object>): string {
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof CelTypeName) return value.name;
  if (value instanceof CelDuration) return formatSeconds(value.nanoseconds);
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  throw new ConditionError('INVALID_ARGUMENT', `no formatting function for ${typeNameOf(value)}`);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ConditionError('INVALID_ARGUMENT', 'invalid UTF-8 in bytes', { cause });
  }
}

function formatList(list: readonly CelValue[], budget: EvaluationBudget): string {
  return `[${list.map((item) => formatInner(item, budget)).join(', ')}]`;
}

function formatMap(map: CelMap, budget: EvaluationBudget): string {
  const pairs = map
    .entries()
    .map(([key, value]) => [formatInner(key, budget), formatInner(value, budget)] as const)
    .sort(([left], [right]) => compareText(left, right));
  return `{${pairs.map(([key, value]) => `${key}:${value}`).join(', ')}}`;
}

/** As in an expression: texts in quotes. */
function formatInner(value: CelValue, budget: EvaluationBudget): string {
  budget.spend();
  if (isCelList(value)) return formatList(value, budget);
  if (value instanceof CelMap) return formatMap(value, budget);
  if (typeof value === 'number') return formatDouble(value);
  const text = formatPlain(value, budget);
  if (typeof value === 'string') return quoted(text);
  if (value instanceof Uint8Array) return `b${quoted(text)}`;
  if (value instanceof CelTimestamp) return `timestamp(${quoted(text)})`;
  return value instanceof CelDuration ? `duration(${quoted(text)})` : text;
}

function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return quoted(formatShortest(value));
  // Beyond, JavaScript writes an exponent.
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
  ['"', '\\"'],
]);

/** Go: `strconv.Quote`. */
function quoted(text: string): string {
  const inner = text.replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|["\\]/gu, escaped);
  return `"${inner}"`;
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  const simple = ESCAPES.get(char);
  if (simple !== undefined) return simple;
  if (code < 0x80) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x1_00_00 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}
