import { ConditionError } from '../../condition-error.ts';
import type { EvaluationBudget } from '../../evaluation-budget.ts';

const DEFAULT_PRECISION = 6;

/** More digits, or a wider text, than anybody reads. */
const MAX_PRECISION = 1000;

/** `1,234.500000`: exactly rounded, halves to the even digit. */
export function formatFixed(
  value: number,
  precision: number = DEFAULT_PRECISION,
  budget: EvaluationBudget,
): string {
  spendPrecision(precision, budget);
  if (!Number.isFinite(value)) return special(value);
  const digits = String(scaled(Math.abs(value), precision)).padStart(precision + 1, '0');
  const whole = digits.slice(0, digits.length - precision);
  const fraction = digits.slice(digits.length - precision);
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
  return `${minus(value)}${grouped}${fraction === '' ? '' : `.${fraction}`}`;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** `1.234500×10⁰³`, always with six places; what is given as precision is how wide it is at least (cel-go). */
export function formatScientific(
  value: number,
  width: number = DEFAULT_PRECISION,
  budget: EvaluationBudget,
): string {
  spendPrecision(width, budget);
  if (!Number.isFinite(value)) return special(value).padStart(width);
  const { digits, exponent } = rounded(Math.abs(value));
  const power = String(Math.abs(exponent))
    .padStart(2, '0')
    .replaceAll(/\d/g, (digit) => SUPERSCRIPTS.charAt(Number(digit)));
  const text = `${digits.slice(0, 1)}.${digits.slice(1)}×10${exponent < 0 ? '⁻' : ''}${power}`;
  return `${minus(value)}${text}`.padStart(width);
}

function spendPrecision(precision: number, budget: EvaluationBudget): void {
  if (precision > MAX_PRECISION)
    throw new ConditionError(
      'TOO_EXPENSIVE',
      `Cannot write a number with precision ${precision}: expected at most ${MAX_PRECISION}`,
    );
  budget.spend(precision);
}

function special(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value < 0 ? '-∞' : '∞';
}

function minus(value: number): string {
  return value < 0 || Object.is(value, -0) ? '-' : '';
}

/** Seven digits that are not all zero but for zero itself, and the power of ten of the first. */
function rounded(value: number): { readonly digits: string; readonly exponent: number } {
  if (value === 0) return { digits: '0000000', exponent: 0 };
  const exponent = Number(value.toExponential().replace(/^.*e/, ''));
  const digits = String(scaled(value, DEFAULT_PRECISION - exponent));
  // Rounded up to the next power.
  return digits.length > DEFAULT_PRECISION + 1
    ? { digits: digits.slice(0, -1), exponent: exponent + 1 }
    : { digits, exponent };
}

/** A value times a power of ten, rounded to a whole number, halves to the even one. */
function scaled(value: number, power: number): bigint {
  const { mantissa, exponent } = exact(value);
  const ten = 10n ** BigInt(Math.abs(power));
  const two = 2n ** BigInt(Math.abs(exponent));
  const dividend = mantissa * (power > 0 ? ten : 1n) * (exponent > 0 ? two : 1n);
  const divisor = (power < 0 ? ten : 1n) * (exponent < 0 ? two : 1n);
  const quotient = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  const isUp = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

/** What a double is: a whole number times a power of two. */
function exact(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ff_ff_ff_ff_ff_ffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}
