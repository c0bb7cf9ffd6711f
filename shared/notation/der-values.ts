import { type Der, DerError } from './der.ts';
import { expectTag, TAG } from './der-tag.ts';

/** Dotted form of an OBJECT IDENTIFIER. @throws {DerError} */
export function oidOf(element: Der | undefined): string {
  const { content } = expectTag(element, TAG.oid);
  const arcs: number[] = [];
  let arc = 0;
  for (const [index, octet] of content.entries()) {
    arc = arc * 128 + (octet & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new DerError('an object identifier is too large');
    if (octet < 0x80) {
      arcs.push(arc);
      arc = 0;
    } else if (index === content.length - 1) throw new DerError('an object identifier is cut off');
  }
  const [first] = arcs;
  if (first === undefined) throw new DerError('an object identifier is empty');
  const top = Math.min(Math.floor(first / 40), 2);
  return [top, first - top * 40, ...arcs.slice(1)].join('.');
}

/** The octets of a BIT STRING; its last octet may hold unused bits, which DER sets to zero. @throws {DerError} */
export function bitStringOf(element: Der | undefined): Buffer {
  const { content } = expectTag(element, TAG.bitString);
  if (content.length === 0 || (content[0] ?? 8) > 7)
    throw new DerError('a bit string is malformed');
  return content.subarray(1);
}

/** RFC 5280 §4.1.2.5: two-digit years of 50 and above are 19xx; Zulu only. */
const UTC_TIME = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})()Z$/;
const GENERALIZED_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})((?:\.\d+)?)Z$/;

/** Milliseconds since the epoch of a UTCTime or GeneralizedTime. @throws {DerError} */
export function timeOf(element: Der | undefined): number {
  const pattern = element?.tag === TAG.utcTime ? UTC_TIME : GENERALIZED_TIME;
  if (element?.tag !== TAG.utcTime && element?.tag !== TAG.generalizedTime)
    throw new DerError('expected a time');
  const match = pattern.exec(element.content.toString('latin1'));
  if (match === null) throw new DerError('a time is malformed');
  const [, year = '', month, day, hour, minute, second, fraction] = match;
  const time = Date.parse(`${fullYear(year)}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time)) throw new DerError('a time is not on the calendar');
  return time + Math.floor(Number(`0${fraction}`) * 1000);
}

function fullYear(year: string): string {
  if (year.length === 4) return year;
  return Number(year) >= 50 ? `19${year}` : `20${year}`;
}
