import { DerError } from './der.ts';
import { encodeDer } from './encode-der.ts';

/** Tokens nest about ten levels deep and have a few hundred elements. */
const MAX_DEPTH = 24;
const MAX_ELEMENTS = 4096;

const CONSTRUCTED = 0x20;
const OCTET_STRING = 0x04;
const INDEFINITE = 0x80;

interface Reader {
  readonly bytes: Buffer;
  offset: number;
  elements: number;
}

/**
 * The DER of one BER element: timestamp authorities may send lengths that are indefinite or not minimal
 * and strings in pieces (RFC 5652 §1 asks for DER only where something is signed).
 * @throws {DerError}
 */
export function berToDer(bytes: Buffer): Buffer {
  const reader = { bytes, offset: 0, elements: 0 };
  const der = readElement(reader, 0);
  if (reader.offset !== bytes.length) throw new DerError('there are bytes after the element');
  return der;
}

function readElement(reader: Reader, depth: number): Buffer {
  reader.elements += 1;
  if (depth > MAX_DEPTH || reader.elements > MAX_ELEMENTS)
    throw new DerError('too many elements, or too deep');
  const tag = readOctet(reader);
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag of more than one octet');
  const length = readLength(reader);
  const isConstructed = (tag & CONSTRUCTED) !== 0;
  if (length === undefined && !isConstructed)
    throw new DerError('an indefinite length on a primitive element');
  const end = length === undefined ? undefined : reader.offset + length;
  if (end !== undefined && end > reader.bytes.length)
    throw new DerError('the element ends after the bytes');
  if (isConstructed) return joinParts(tag, readParts(reader, end, depth));
  const content = reader.bytes.subarray(reader.offset, end);
  reader.offset += content.length;
  return encodeDer(tag, content);
}

function readParts(reader: Reader, end: number | undefined, depth: number): readonly Buffer[] {
  const parts: Buffer[] = [];
  while (!isAtEnd(reader, end)) parts.push(readElement(reader, depth + 1));
  if (end !== undefined && reader.offset !== end)
    throw new DerError('an element ends after the one it is in');
  return parts;
}

/** At the given end, or at the two zero octets that end an indefinite length, which are passed over. */
function isAtEnd(reader: Reader, end: number | undefined): boolean {
  if (end !== undefined) return reader.offset >= end;
  if (reader.bytes[reader.offset] !== 0 || reader.bytes[reader.offset + 1] !== 0) return false;
  reader.offset += 2;
  return true;
}

/** An octet string in pieces becomes one. */
function joinParts(tag: number, parts: readonly Buffer[]): Buffer {
  if (tag !== (OCTET_STRING | CONSTRUCTED)) return encodeDer(tag, ...parts);
  return encodeDer(OCTET_STRING, ...parts.map(contentOfPiece));
}

function contentOfPiece(piece: Buffer): Buffer {
  if (piece[0] !== OCTET_STRING) throw new DerError('a piece of an octet string is none');
  const first = piece[1] ?? 0;
  return piece.subarray(first < INDEFINITE ? 2 : 2 + (first & 0x7f));
}

/** Undefined for an indefinite length. */
function readLength(reader: Reader): number | undefined {
  const first = readOctet(reader);
  if (first < INDEFINITE) return first;
  if (first === INDEFINITE) return undefined;
  let length = 0;
  for (let left = first & 0x7f; left > 0; left -= 1) {
    length = length * 256 + readOctet(reader);
    if (length > reader.bytes.length) throw new DerError('the element ends after the bytes');
  }
  return length;
}

function readOctet(reader: Reader): number {
  const octet = reader.bytes[reader.offset];
  if (octet === undefined) throw new DerError('the element is cut off');
  reader.offset += 1;
  return octet;
}
