import { DER_TAG, type DerElement, DerError } from './der.ts';

/** More bytes than any registered object identifier has. */
const MAX_OID_BYTES = 64;

/**
 * An object identifier in dotted form (X.690 §8.19).
 * @throws {DerError}
 */
export function readOid(element: DerElement | undefined): string {
  const bytes = expectTag(element, DER_TAG.oid).contents;
  if (bytes.length === 0 || bytes.length > MAX_OID_BYTES) throw new DerError('malformed OID');
  const arcs: bigint[] = [];
  let arc = 0n;
  let isOpen = false;
  for (const byte of bytes) {
    if (!isOpen && byte === 0x80) throw new DerError('an OID is not in its shortest form');
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    isOpen = byte >= 0x80;
    if (isOpen) continue;
    arcs.push(arc);
    arc = 0n;
  }
  if (isOpen) throw new DerError('an OID ends inside a number');
  const [head = 0n, ...rest] = arcs;
  const first = head < 80n ? head / 40n : 2n;
  return [first, head - first * 40n, ...rest].join('.');
}

/** YYMMDDHHMMSSZ or YYYYMMDDHHMMSS with an optional fraction, always UTC (RFC 5280 §4.1.2.5, RFC 3161 §2.4.2). */
const TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{1,9}))?Z$/;

/**
 * UTCTime or GeneralizedTime as milliseconds since the epoch, fractions cut off below that.
 * @throws {DerError}
 */
export function readTime(element: DerElement | undefined): number {
  const { tag } = element ?? {};
  if (element === undefined || (tag !== DER_TAG.utcTime && tag !== DER_TAG.generalizedTime))
    throw new DerError('a time is missing');
  const text = element.contents.toString('latin1');
  const match = TIME.exec(tag === DER_TAG.utcTime ? fullYear(text) : text);
  const time = match === null ? Number.NaN : timeOf(match);
  if (Number.isNaN(time)) throw new DerError(`malformed time "${text.slice(0, 32)}"`);
  return time;
}

function timeOf([
  ,
  year,
  month,
  day,
  hour,
  minute,
  second,
  fraction = '',
]: RegExpExecArray): number {
  const milliseconds = fraction.padEnd(3, '0').slice(0, 3);
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`);
}

/** RFC 5280 §4.1.2.5.1: years from 50 on are of the last century. */
function fullYear(text: string): string {
  return `${Number(text.slice(0, 2)) >= 50 ? '19' : '20'}${text}`;
}

/**
 * The element itself if it has this tag.
 * @throws {DerError}
 */
export function expectTag(element: DerElement | undefined, tag: number): DerElement {
  if (element?.tag !== tag) {
    const found = element === undefined ? 'the end' : `tag ${element.tag.toString(16)}`;
    throw new DerError(`found ${found}, expected tag ${tag.toString(16)}`);
  }
  return element;
}

/**
 * An element around `contents` that were read from DER before.
 * @param contents the elements inside, in order.
 */
export function encodeDer(tag: number, contents: readonly Buffer[]): Buffer {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([tag, ...encodeLength(length)]), ...contents]);
}

function encodeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return [0x80 + bytes.length, ...bytes];
}
