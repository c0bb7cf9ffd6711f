/** How a quantity was written, which is how sums of it are written. */
export type QuantityFormat = 'binary' | 'decimal' | 'exponent';

/** `resource.Quantity` of Kubernetes, exactly: `unscaled` times ten to the power of minus `scale`. */
export interface Quantity {
  readonly unscaled: bigint;
  /** May be negative: `1k` is 1 with scale -3. */
  readonly scale: number;
  readonly format: QuantityFormat;
}

/** Powers of ten by suffix. */
export const DECIMAL_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ['', 0],
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);

/** Powers of two by suffix. */
export const BINARY_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
]);

/** Longer texts are no quantity that a person writes. */
const MAX_LENGTH = 64;

/** Neither are greater powers of ten, which would take long to compute with. */
const MAX_EXPONENT = 100;

/** Nothing is held more precisely than in nano. */
const MAX_SCALE = 9;

/** Binary quantities are capped, decimal ones are not (`resource.ParseQuantity`). */
const MAX_BINARY = 2n ** 63n - 1n;

/** Sign, digits before and after the point, and an exponent or a suffix. */
const FORM = /^([-+]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([-+]?\d+)|([A-Za-z]{0,2}))$/;

/**
 * A quantity as Kubernetes writes it (`100m`, `1.5Gi`, `1e3`), exactly; undefined for other text. What is
 * finer than nano is rounded away from zero.
 */
export function parseExactQuantity(text: string): Quantity | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const form = FORM.exec(text);
  if (form === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = form;
  const magnitude = { unscaled: BigInt(whole + fraction), scale: fraction.length };
  const quantity = scaled(magnitude, exponent, suffix);
  return sign === '-' && quantity !== undefined
    ? { ...quantity, unscaled: -quantity.unscaled }
    : quantity;
}

/**
 * Like {@link parseExactQuantity} as the nearest double, for comparisons: the same amount gives the same
 * number however it is written.
 */
export function parseQuantity(text: string | undefined): number | undefined {
  const quantity = text === undefined ? undefined : parseExactQuantity(text);
  return quantity === undefined ? undefined : Number(`${quantity.unscaled}e${-quantity.scale}`);
}

function scaled(
  { unscaled, scale }: Omit<Quantity, 'format'>,
  exponent: string | undefined,
  suffix: string,
): Quantity | undefined {
  const binary = exponent === undefined ? BINARY_SUFFIXES.get(suffix) : undefined;
  if (binary !== undefined) return binaryAmount(unscaled, scale, binary);
  const power = exponent === undefined ? DECIMAL_SUFFIXES.get(suffix) : Number(exponent);
  if (power === undefined || Math.abs(power) > MAX_EXPONENT) return undefined;
  const format = exponent === undefined ? 'decimal' : 'exponent';
  const amount: Quantity = { unscaled, scale: scale - power, format };
  return digits(unscaled) <= 18 && amount.scale <= MAX_SCALE ? amount : inNano(amount);
}

/** Kubernetes holds few digits and no fraction of a binary quantity in 64 bits. */
function binaryAmount(unscaled: bigint, scale: number, power: number): Quantity {
  const amount: Quantity = { unscaled: unscaled << BigInt(power), scale, format: 'binary' };
  const isShort = scale === 0 && digits(unscaled) + Math.floor((power * 3) / 10) < 15;
  return capped(isShort ? amount : inNano(amount));
}

function digits(value: bigint): number {
  return String(value).length;
}

/** Less than one is written as a decimal. */
function capped(quantity: Quantity): Quantity {
  const one = 10n ** BigInt(quantity.scale);
  if (quantity.unscaled > MAX_BINARY * one) return { ...quantity, unscaled: MAX_BINARY, scale: 0 };
  return quantity.unscaled > 0n && quantity.unscaled < one
    ? { ...quantity, format: 'decimal' }
    : quantity;
}

/**
 * What does not fit into 64 bits is held in nano, which shows where a quotient is cut off. For amounts that
 * are not negative.
 */
function inNano(quantity: Quantity): Quantity {
  const shift = MAX_SCALE - quantity.scale;
  if (shift >= 0)
    return { ...quantity, unscaled: quantity.unscaled * 10n ** BigInt(shift), scale: MAX_SCALE };
  const factor = 10n ** BigInt(-shift);
  return { ...quantity, unscaled: (quantity.unscaled + factor - 1n) / factor, scale: MAX_SCALE };
}
