import { CodedError } from '../base/coded-error.ts';

/** Bytes that are not the DER that was expected; never leaves this folder. */
export class DerError extends CodedError<'MALFORMED_DER'> {
  constructor(message: string) {
    super('MALFORMED_DER', `Cannot read DER: ${message}`);
  }
}

/** One DER element: views into the bytes it was read from. */
export interface Der {
  /** Identifier octet: class, constructed bit and number. */
  readonly tag: number;
  /** Header and content. */
  readonly raw: Buffer;
  readonly content: Buffer;
}

/** Certificates and tokens have a few dozen elements on one level; more is an attempt to keep us busy. */
const MAX_ITEMS = 256;

/** Length octets that are read: four address 4 GiB, and everything read here is far smaller. */
const MAX_LENGTH_OCTETS = 4;

const CONSTRUCTED = 0x20;
const HIGH_TAG_NUMBER = 0x1f;

/**
 * Reads bytes that are exactly one element. Lengths must be definite and minimal (X.690 §10.1), so that
 * no two readers can see different contents.
 * @throws {DerError}
 */
export function readDer(bytes: Buffer): Der {
  const element = readElement(bytes, 0);
  if (element.raw.length !== bytes.length) throw new DerError('there are bytes after the element');
  return element;
}

/**
 * The elements inside a constructed one.
 * @throws {DerError} for a primitive element and for more than a sane number of elements.
 */
export function derItems(element: Der): readonly Der[] {
  if ((element.tag & CONSTRUCTED) === 0) throw new DerError('expected a constructed element');
  const items: Der[] = [];
  let offset = 0;
  while (offset < element.content.length) {
    if (items.length === MAX_ITEMS) throw new DerError(`more than ${MAX_ITEMS} elements`);
    const item = readElement(element.content, offset);
    items.push(item);
    offset += item.raw.length;
  }
  return items;
}

/**
 * The element that starts at `offset`; what follows it is not looked at.
 * @throws {DerError}
 */
export function readElement(bytes: Buffer, offset: number): Der {
  const tag = bytes[offset];
  if (tag === undefined || (tag & HIGH_TAG_NUMBER) === HIGH_TAG_NUMBER)
    throw new DerError('no tag, or one of more than one octet');
  const { length, start } = readLength(bytes, offset + 1);
  if (start + length > bytes.length) throw new DerError('the element ends after the bytes');
  return {
    tag,
    raw: bytes.subarray(offset, start + length),
    content: bytes.subarray(start, start + length),
  };
}

function readLength(bytes: Buffer, offset: number): { length: number; start: number } {
  const first = bytes[offset];
  if (first === undefined) throw new DerError('the length is missing');
  if (first < 0x80) return { length: first, start: offset + 1 };
  const octets = first & 0x7f;
  const start = offset + 1 + octets;
  if (octets === 0 || octets > MAX_LENGTH_OCTETS || start > bytes.length)
    throw new DerError('the length is indefinite or too long');
  const length = bytes.readUIntBE(offset + 1, octets);
  if (length < 0x80 || bytes[offset + 1] === 0) throw new DerError('the length is not minimal');
  return { length, start };
}
