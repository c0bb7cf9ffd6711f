import { DER_TAG, type DerElement } from '../../base/der.ts';
import { expectTag } from '../../base/der-values.ts';
import { X509Error } from './x509-error.ts';

export interface BitString {
  /** The last one is filled up with zero bits. */
  readonly bytes: Buffer;
  readonly bitLength: number;
}

/** @throws {DerError | X509Error} */
export function readBitString(element: DerElement | undefined): BitString {
  const { contents } = expectTag(element, DER_TAG.bitString);
  const [padding = 8] = contents;
  const bytes = contents.subarray(1);
  const last = bytes.at(-1) ?? 0;
  if (padding > 7 || (bytes.length === 0 && padding > 0) || (last & ((1 << padding) - 1)) !== 0)
    throw new X509Error('asn1: invalid padding bits in BIT STRING');
  return { bytes, bitLength: bytes.length * 8 - padding };
}

/** The bits moved to the end, where the last one completes an octet (Go: `BitString.RightAlign`). */
export function rightAligned({ bytes, bitLength }: BitString): Buffer {
  const shift = bytes.length * 8 - bitLength;
  if (shift === 0) return bytes;
  return Buffer.from(
    bytes.map(
      (octet, index) => (((bytes[index - 1] ?? 0) << (8 - shift)) | (octet >> shift)) & 0xff,
    ),
  );
}
