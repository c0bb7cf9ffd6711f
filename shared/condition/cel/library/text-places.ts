import { ConditionError } from '../../condition-error.ts';

/** Characters that JavaScript holds in two units. */
const PAIR = /[\ud800-\udbff]/;

/** How many characters come before a unit of the text; -1 where there is none. */
export function placesBefore(text: string, unit: number): bigint {
  if (unit < 0 || !PAIR.test(text)) return BigInt(unit);
  return BigInt(Array.from(text.slice(0, unit)).length);
}

/** The unit at which a character starts; the length of the text for places beyond it. */
export function unitsBefore(text: string, place: bigint): number {
  if (place >= BigInt(text.length)) return text.length;
  if (!PAIR.test(text)) return Number(place);
  return Array.from(text).slice(0, Number(place)).join('').length;
}

/**
 * The unit at which a character starts, or the end of the text.
 * @throws {ConditionError} INVALID_ARGUMENT for a place outside the text.
 */
export function placeOf(text: string, place: bigint): number {
  if (place < 0n || place > placesBefore(text, text.length))
    throw new ConditionError('INVALID_ARGUMENT', `index out of range: ${place}`);
  return unitsBefore(text, place);
}
