import { plainDigits } from '../plain-digits.ts';

/**
 * A number as Kyverno writes it where a function takes text: with the precision of 32 bits and no exponent
 * (Go: `FormatFloat(n, 'f', -1, 32)`), so that 16777217 is "16777216".
 */
export function formatNumber32(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return String(single);
  // Nine significant digits tell any two numbers of 32 bits apart.
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return plainDigits(short);
  }
  return plainDigits(Number(single.toPrecision(9)));
}
