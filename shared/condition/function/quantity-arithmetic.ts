import type { Quantity } from '../quantity.ts';

/** The sum, in the format of the first that is not zero. */
export function addQuantities(left: Quantity, right: Quantity): Quantity {
  const scale = Math.max(left.scale, right.scale);
  return {
    unscaled: atScale(left, scale) + atScale(right, scale),
    scale,
    format: left.unscaled === 0n ? right.format : left.format,
  };
}

/** The exact product, in the format of the first. */
export function multiplyQuantities(left: Quantity, right: Quantity): Quantity {
  return {
    unscaled: left.unscaled * right.unscaled,
    scale: left.scale + right.scale,
    format: left.format,
  };
}

/** The quotient with as many decimal places as the more precise of the two has; the rest is cut off. */
export function divideQuantity(left: Quantity, right: Quantity): Quantity {
  const scale = Math.max(left.scale, right.scale);
  const shift = scale + right.scale - left.scale;
  const dividend = shift > 0 ? left.unscaled * 10n ** BigInt(shift) : left.unscaled;
  const divisor = shift < 0 ? right.unscaled * 10n ** BigInt(-shift) : right.unscaled;
  return { unscaled: dividend / divisor, scale, format: left.format };
}

/** Go's `AsApproximateFloat64`, whose rounding Kyverno's arithmetic has. */
export function approximate({ unscaled, scale }: Quantity): number {
  return scale === 0 ? Number(unscaled) : Number(unscaled) * Number(`1e${-scale}`);
}

function atScale({ unscaled, scale }: Quantity, wanted: number): bigint {
  return unscaled * 10n ** BigInt(wanted - scale);
}
