import { type Der, DerError, derItems } from './der.ts';

/** Identifier octets of the universal types that certificates, tokens and revocation lists use. */
export const TAG: Readonly<
  Record<
    | 'boolean'
    | 'integer'
    | 'bitString'
    | 'octetString'
    | 'oid'
    | 'enumerated'
    | 'utcTime'
    | 'generalizedTime'
    | 'sequence'
    | 'set',
    number
  >
> = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
};

/**
 * The element, if it is there and has the tag.
 * @throws {DerError} otherwise.
 */
export function expectTag(element: Der | undefined, tag: number): Der {
  if (element?.tag !== tag)
    throw new DerError(`expected tag ${tag}, found ${element?.tag ?? 'nothing'}`);
  return element;
}

/** The elements of a SEQUENCE. @throws {DerError} */
export function sequence(element: Der | undefined): readonly Der[] {
  return derItems(expectTag(element, TAG.sequence));
}

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

/** An INTEGER as hexadecimal text of its content octets: for numbers that are only compared. @throws {DerError} */
export function integerHex(element: Der | undefined): string {
  const { content } = expectTag(element, TAG.integer);
  if (content.length === 0) throw new DerError('an integer is empty');
  return content.toString('hex');
}

/** A small non-negative INTEGER. @throws {DerError} */
export function smallInteger(element: Der | undefined): number {
  const { content } = expectTag(element, TAG.integer);
  if (content.length === 0 || content.length > 4 || (content[0] ?? 0) >= 0x80)
    throw new DerError('expected a small number');
  return content.readUIntBE(0, content.length);
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
