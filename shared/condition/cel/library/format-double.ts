import { plainDigits } from '../../plain-digits.ts';

/** The shortest text that gives the same number again (Go: `fmt.Sprintf("%g", …)`). */
export function formatShortest(value: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  const minus = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return `${minus}${plainDigits(Math.abs(value))}`;
  return `${minus}${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function formatSpecial(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** A duration as CEL writes it: seconds, without an exponent. */
export function formatSeconds(nanoseconds: bigint): string {
  const second = 1_000_000_000n;
  const seconds = Number(nanoseconds / second) + Number(nanoseconds % second) / 1e9;
  return `${plainDigits(seconds)}s`;
}
