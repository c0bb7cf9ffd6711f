import type { Quantity } from './quantity.ts';

/** Exactly: -1, 0 or 1. */
export function compareQuantities(left: Quantity, right: Quantity): -1 | 0 | 1 {
  const scale = Math.max(left.scale, right.scale);
  const [one, other] = [left, right].map(
    (quantity) => quantity.unscaled * 10n ** BigInt(scale - quantity.scale),
  );
  if (one === undefined || other === undefined || one === other) return 0;
  return one < other ? -1 : 1;
}
