import { decode, encode, SequenceEvents, Tag } from 'cbor2';
import { messageOf } from '../base/coded-error.ts';
import { type Envelope, readChain } from './envelope.ts';
import { readHeaders } from './envelope-headers.ts';
import { failure, isFailure, type NotationFailure } from './notation-reason.ts';

/** RFC 9052 §2: the tag of COSE_Sign1, and the labels of the headers that are used here. */
const COSE_SIGN1 = 18;
const ALGORITHM = 1;
const CRITICAL = 2;
const CONTENT_TYPE = 3;
/** RFC 9360 §2: `x5chain`. */
const CERTIFICATE_CHAIN = 33;

/** RFC 8949 §3.4.2: seconds since the epoch. */
const EPOCH_TIME = 1;

/** An envelope has some thirty data items; decoding takes time in proportion to them. */
const MAX_ITEMS = 256;

/** message › unprotected header › certificate chain › certificate, with some room. */
const MAX_DEPTH = 8;

type Labels = ReadonlyMap<unknown, unknown>;

/** The members of the message; the signed header stays as it was encoded. */
interface Parts {
  readonly header: Buffer;
  readonly unprotected: unknown;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

/** Reads a COSE_Sign1_Tagged envelope of signature-envelope-cose.md. */
export function readCose(bytes: Buffer): Envelope | NotationFailure {
  const parts = readParts(decodeBounded(bytes));
  if (typeof parts === 'string') return malformed(parts);
  const labels = decodeBounded(parts.header);
  if (!(labels instanceof Map) || !(parts.unprotected instanceof Map))
    return malformed(`a header is not a map${because(labels)}`);
  return assemble(labels, parts.unprotected, parts);
}

function readParts(message: unknown): Parts | string {
  if (!(message instanceof Tag) || Number(message.tag) !== COSE_SIGN1)
    return `it is not a COSE_Sign1 message${because(message)}`;
  const members: readonly unknown[] = Array.isArray(message.contents) ? message.contents : [];
  const [header, payload, signature] = [members[0], members[2], members[3]].map(toBuffer);
  if (members.length !== 4 || header === undefined || payload === undefined)
    return 'it does not consist of headers, payload and signature';
  if (signature === undefined || signature.length === 0) return 'the signature is empty';
  return { header, unprotected: members[1], payload, signature };
}

function assemble(
  signed: Labels,
  unprotected: Labels,
  { header, payload, signature }: Parts,
): Envelope | NotationFailure {
  const repeated = [...signed.keys()].find((label) => unprotected.has(label));
  if (repeated !== undefined) return malformed('a header is both signed and unsigned');
  const headers = readHeaders({
    algorithm: signed.get(ALGORITHM),
    contentType: signed.get(CONTENT_TYPE),
    critical: signed.get(CRITICAL),
    all: signed,
    readTime,
  });
  if (isFailure(headers)) return headers;
  const certificates: unknown = unprotected.get(CERTIFICATE_CHAIN);
  const ders = Array.isArray(certificates) ? certificates.map(toBuffer) : [];
  const known = ders.filter((der) => der !== undefined);
  if (known.length !== ders.length)
    return failure('MALFORMED_CERTIFICATE', 'a certificate of "x5chain" is not a byte string');
  const chain = readChain(known);
  if (isFailure(chain)) return chain;
  const agent = unprotected.get('io.cncf.notary.signingAgent');
  return {
    format: 'cose',
    ...headers,
    chain,
    timestampToken: toBuffer(unprotected.get('io.cncf.notary.timestampSignature')),
    signingAgent: typeof agent === 'string' ? agent : undefined,
    payload,
    signature,
    signedBytes: encodeSigStructure(header, payload),
  };
}

/** RFC 9052 §4.4: what is signed is Sig_structure, over the signed header as it was encoded. */
function encodeSigStructure(header: Buffer, payload: Buffer): Buffer {
  // The encoder knows plain byte arrays only, not Node's subclass of them.
  const parts = [header, Buffer.alloc(0), payload].map((bytes) => new Uint8Array(bytes));
  return Buffer.from(encode(['Signature1', ...parts]));
}

/** The decoded value, or the error that stopped decoding. */
function decodeBounded(bytes: Buffer): unknown {
  try {
    let items = 0;
    for (const _ of new SequenceEvents(bytes)) {
      items += 1;
      if (items > MAX_ITEMS) return new Error(`it holds more than ${MAX_ITEMS} data items`);
    }
    return decode(bytes, {
      maxDepth: MAX_DEPTH,
      preferMap: true,
      ignoreGlobalTags: true,
      rejectDuplicateKeys: true,
      rejectStreaming: true,
    });
  } catch (error) {
    return error;
  }
}

function because(value: unknown): string {
  return value instanceof Error ? ` (${messageOf(value)})` : '';
}

function toBuffer(value: unknown): Buffer | undefined {
  return value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : undefined;
}

function readTime(value: unknown): number | undefined {
  if (!(value instanceof Tag) || Number(value.tag) !== EPOCH_TIME) return undefined;
  const seconds = value.contents;
  return typeof seconds === 'number' && Number.isFinite(seconds)
    ? Math.floor(seconds * 1000)
    : undefined;
}

function malformed(what: string): NotationFailure {
  return failure('MALFORMED_ENVELOPE', `the COSE envelope cannot be read: ${what}`);
}
