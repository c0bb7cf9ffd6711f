import { CodedError } from './coded-error.ts';

export type DerErrorCode = 'MALFORMED_DER';

/** Bytes that are not the DER that was expected. */
export class DerError extends CodedError<DerErrorCode> {
  constructor(message: string) {
    super('MALFORMED_DER', `Cannot read DER: ${message}`);
  }
}

/** One element of DER. Both buffers are views of the bytes it was read from: nothing is re-encoded. */
export interface DerElement {
  /** Identifier octet: class, constructed bit and number. */
  readonly tag: number;
  readonly contents: Buffer;
  /** Header and contents. */
  readonly raw: Buffer;
}

/** Identifier octets that the formats here are made of (X.690 §8.1.2). */
export const DER_TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** More elements side by side than any certificate or timestamp has: a way to make many small objects. */
const MAX_ELEMENTS = 1024;

/**
 * The one element that `bytes` consist of.
 * @throws {DerError} if they are something else; lengths must be definite and as short as can be (X.690 §10.1).
 */
export function readDer(bytes: Buffer, tag: number): DerElement {
  const element = elementAt(bytes, 0);
  if (element.raw.length !== bytes.length)
    throw new DerError(`${bytes.length - element.raw.length} bytes follow the end`);
  if (element.tag !== tag)
    throw new DerError(`found tag ${element.tag.toString(16)}, expected ${tag.toString(16)}`);
  return element;
}

/**
 * The elements inside a constructed element, or inside any contents that hold elements.
 * @throws {DerError}
 */
export function derElements(contents: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  let position = 0;
  while (position < contents.length) {
    if (elements.length === MAX_ELEMENTS) throw new DerError(`more than ${MAX_ELEMENTS} elements`);
    const element = elementAt(contents, position);
    elements.push(element);
    position += element.raw.length;
  }
  return elements;
}

function elementAt(bytes: Buffer, start: number): DerElement {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined) throw new DerError('ends inside a header');
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag number above 30 is not supported');
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const head = 2 + lengthBytes;
  const length = first < 0x80 ? first : longLength(bytes, start + 2, lengthBytes);
  const end = start + head + length;
  if (end > bytes.length) throw new DerError('ends inside an element');
  return {
    tag,
    contents: bytes.subarray(start + head, end),
    raw: bytes.subarray(start, end),
  };
}

/** Four bytes count to 4 GB, more than is ever read; indefinite lengths are BER only. */
function longLength(bytes: Buffer, start: number, count: number): number {
  if (count === 0) throw new DerError('a length is indefinite');
  if (count > 4 || start + count > bytes.length) throw new DerError('a length is malformed');
  const length = bytes.readUIntBE(start, count);
  const shortest = length < 0x80 ? 0 : Math.ceil((32 - Math.clz32(length)) / 8);
  if (count !== shortest) throw new DerError('a length is not in its shortest form');
  return length;
}
