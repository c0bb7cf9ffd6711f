/**
 * The order of two texts by code points, which is that of their UTF-8 bytes and so Go's: -1, 0 or 1.
 * JavaScript's own order differs beyond the basic plane.
 */
export function compareText(left: string, right: string): -1 | 0 | 1 {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  let at = 0;
  while (at < length && left.charCodeAt(at) === right.charCodeAt(at)) at += 1;
  if (at === length) return left.length < right.length ? -1 : 1;
  return rank(left.charCodeAt(at)) < rank(right.charCodeAt(at)) ? -1 : 1;
}

/** Surrogates stand for code points above all of the basic plane. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
