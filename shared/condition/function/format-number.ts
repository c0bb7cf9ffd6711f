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
    if (Math.fround(short) === single) return withoutExponent(short);
  }
  return withoutExponent(Number(single.toPrecision(9)));
}

function withoutExponent(value: number): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d)(?:\.(\d+))?e([-+]\d+)$/.exec(value.toExponential()) ?? [];
  const digits = whole + fraction;
  const point = Number(exponent) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
