import { DER_TAG, type DerElement } from '../../base/der.ts';
import { expectTag, readOid } from '../../base/der-values.ts';
import { X509Error } from './x509-error.ts';

/** Go keeps the numbers of object identifiers in 31 bits. */
const MAX_ARC = 0x7fff_ffff;

/** The numbers of an object identifier. @throws {DerError | X509Error} */
export function readArcs(element: DerElement | undefined): readonly number[] {
  const arcs = readOid(element).split('.').map(Number);
  if (arcs.every((arc) => arc <= MAX_ARC)) return arcs;
  throw new X509Error('x509: malformed OID');
}

/** An INTEGER, whatever its tag; in its shortest form. @throws {X509Error} */
export function readInteger({ contents }: DerElement): bigint {
  const [first, second = 0] = contents;
  const isPadded = (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80);
  if (first === undefined || (contents.length > 1 && isPadded))
    throw new X509Error('asn1: integer not minimally-encoded');
  return BigInt.asIntN(contents.length * 8, BigInt(`0x${contents.toString('hex')}`));
}

/** An INTEGER that Go keeps in 64 bits; exact up to the numbers that JSON holds. @throws {X509Error} */
export function readNumber(element: DerElement): number {
  const value = readInteger(element);
  if (BigInt.asIntN(64, value) !== value) throw new X509Error('asn1: integer too large');
  return Number(value);
}

/** One octet, zero or all bits set. @throws {DerError | X509Error} */
export function readBoolean(element: DerElement): boolean {
  const { contents } = expectTag(element, DER_TAG.boolean);
  const [octet] = contents;
  if (contents.length === 1 && (octet === 0 || octet === 0xff)) return octet !== 0;
  throw new X509Error('asn1: invalid boolean');
}
