import { DER_TAG, readDer } from '../base/der.ts';

/** A signed certificate timestamp as it stands in a certificate (RFC 6962 §3.2). */
export interface Sct {
  /** Log's identifier, hex. */
  readonly logId: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly algorithm: { readonly hash: number; readonly signature: number };
  readonly signature: Buffer;
  /** What is signed before the certificate: version, kind, time, type of entry. */
  readonly head: Buffer;
  /** What is signed after it: extensions with their length. */
  readonly extensions: Buffer;
}

/** Fulcio embeds one; browsers' certificates have up to five. */
const MAX_SCTS = 8;

/** Version, log id, timestamp, length of the extensions. */
const FIXED_BYTES = 1 + 32 + 8 + 2;

const PRECERTIFICATE_ENTRY = Buffer.from([0x00, 0x01]);

/**
 * The SCTs in the value of the certificate extension: an OCTET STRING around a TLS list.
 * @throws {DerError | RangeError} if it is malformed.
 */
export function readScts(value: Buffer): readonly Sct[] {
  const list = readDer(value, DER_TAG.octetString).contents;
  const items = list.subarray(2);
  if (list.length < 2 || list.readUInt16BE(0) !== items.length)
    throw new RangeError('the list ends early');
  const scts: Sct[] = [];
  let position = 0;
  while (position < items.length) {
    if (scts.length === MAX_SCTS) throw new RangeError(`more than ${MAX_SCTS} SCTs`);
    const item = vector(items, position);
    scts.push(readSct(item));
    position += 2 + item.length;
  }
  return scts;
}

function readSct(bytes: Buffer): Sct {
  if (bytes.length < FIXED_BYTES) throw new RangeError('an SCT ends early');
  if (bytes[0] !== 0) throw new RangeError(`version ${bytes[0]} is not known`);
  const extensions = vector(bytes, FIXED_BYTES - 2);
  const rest = bytes.subarray(FIXED_BYTES + extensions.length);
  const signature = vector(rest, 2);
  if (rest.length !== 4 + signature.length) throw new RangeError('an SCT has bytes left over');
  const time = bytes.subarray(33, 41);
  return {
    logId: bytes.toString('hex', 1, 33),
    timestamp: Number(time.readBigUInt64BE()),
    algorithm: { hash: rest.readUInt8(0), signature: rest.readUInt8(1) },
    signature,
    head: Buffer.concat([Buffer.from([0, 0]), time, PRECERTIFICATE_ENTRY]),
    extensions: bytes.subarray(FIXED_BYTES - 2, FIXED_BYTES + extensions.length),
  };
}

/** A TLS vector: two bytes of length, then that many. */
function vector(bytes: Buffer, position: number): Buffer {
  const start = position + 2;
  const length = start <= bytes.length ? bytes.readUInt16BE(position) : Infinity;
  if (start + length > bytes.length) throw new RangeError('an SCT ends early');
  return bytes.subarray(start, start + length);
}
