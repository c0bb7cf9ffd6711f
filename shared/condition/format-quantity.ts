import { BINARY_SUFFIXES, DECIMAL_SUFFIXES, type Quantity } from './quantity.ts';

/** The canonical form: no fraction, the greatest suffix that allows it (`resource.Quantity.String`). */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.unscaled === 0n) return '0';
  const whole = quantity.format === 'binary' ? asInteger(quantity) : undefined;
  return whole === undefined || (whole > -1024n && whole < 1024n)
    ? formatDecimal(quantity)
    : formatBinary(whole);
}

function asInteger({ unscaled, scale }: Quantity): bigint | undefined {
  if (scale <= 0) return unscaled * 10n ** BigInt(-scale);
  const one = 10n ** BigInt(scale);
  return unscaled % one === 0n ? unscaled / one : undefined;
}

function formatBinary(whole: bigint): string {
  const { amount, times } = withoutFactor(whole, 1024n);
  // No amount that parses has a factor beyond Ei; a product might.
  const power = Math.min(times * 10, 60);
  const rest = amount * 1024n ** BigInt(times - power / 10);
  return `${rest}${suffixOf(BINARY_SUFFIXES, power) ?? ''}`;
}

function formatDecimal({ unscaled, scale, format }: Quantity): string {
  const { amount, times } = withoutFactor(unscaled, 10n);
  const power = Math.floor((times - scale) / 3) * 3;
  const number = amount * 10n ** BigInt(times - scale - power);
  const suffix = format === 'exponent' ? undefined : suffixOf(DECIMAL_SUFFIXES, power);
  return `${number}${suffix ?? (power === 0 ? '' : `e${power}`)}`;
}

function withoutFactor(
  value: bigint,
  factor: bigint,
): { readonly amount: bigint; readonly times: number } {
  let amount = value;
  let times = 0;
  while (amount % factor === 0n) {
    amount /= factor;
    times += 1;
  }
  return { amount, times };
}

function suffixOf(suffixes: ReadonlyMap<string, number>, power: number): string | undefined {
  return [...suffixes].find(([, own]) => own === power)?.[0];
}
