import { isUtf8 } from 'node:buffer';
import { decodeBase64 } from '../base/base64.ts';
import { messageOf } from '../base/coded-error.ts';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  member,
  stringAt,
} from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { type Envelope, readChain } from './envelope.ts';
import { readHeaders } from './envelope-headers.ts';
import { failure, isFailure, type NotationFailure } from './notation-reason.ts';

/** RFC 3339, as JWS headers of the Notary Project write times. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** The three signed or signing members of the envelope, as text and as bytes. */
interface Parts {
  readonly header: Buffer;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** RFC 7515 §5.1: what is signed is the encoded text. */
  readonly signedBytes: Buffer;
}

/** Reads a JWS JSON envelope (RFC 7515 §7.2.2, flattened) of signature-envelope-jws.md. */
export function readJws(bytes: Buffer): Envelope | NotationFailure {
  const document = parseObject(bytes);
  if (typeof document === 'string') return malformed(document);
  const parts = readParts(document);
  if (typeof parts === 'string') return malformed(parts);
  const header = parseObject(parts.header);
  if (typeof header === 'string') return malformed(`the protected header ${header}`);
  const headers = readHeaders({
    algorithm: member(header, 'alg'),
    contentType: member(header, 'cty'),
    critical: member(header, 'crit'),
    all: new Map(Object.entries(header)),
    readTime,
  });
  if (isFailure(headers)) return headers;
  const unprotected = readUnprotected(member(document, 'header'));
  if (isFailure(unprotected)) return unprotected;
  const { payload, signature, signedBytes } = parts;
  return { format: 'jws', ...headers, ...unprotected, payload, signedBytes, signature };
}

function readParts(document: JsonObject): Parts | string {
  const texts = ['protected', 'payload', 'signature'].map((name) => stringAt(document, name));
  const [header, payload, signature] = texts.map(decodeBase64Url);
  if (header === undefined || payload === undefined || signature === undefined)
    return '"protected", "payload" or "signature" is missing or not base64url';
  if (signature.length === 0) return 'the signature is empty';
  const signedBytes = Buffer.from(texts.slice(0, 2).join('.'), 'latin1');
  return { header, payload, signature, signedBytes };
}

function readUnprotected(
  header: JsonValue | undefined,
): Pick<Envelope, 'chain' | 'timestampToken' | 'signingAgent'> | NotationFailure {
  const certificates = member(header, 'x5c');
  const ders = (Array.isArray(certificates) ? certificates : []).map((text: unknown) =>
    typeof text === 'string' ? decodeBase64(text) : undefined,
  );
  const known = ders.filter((der) => der !== undefined);
  if (known.length !== ders.length)
    return failure('MALFORMED_CERTIFICATE', 'a certificate of "x5c" is not base64');
  const chain = readChain(known);
  if (isFailure(chain)) return chain;
  const token = stringAt(header, 'io.cncf.notary.timestampSignature');
  const timestampToken = token === undefined ? undefined : decodeBase64(token);
  if (token !== undefined && timestampToken === undefined)
    return malformed('the timestamp is not base64');
  const signingAgent = stringAt(header, 'io.cncf.notary.signingAgent');
  return { chain, timestampToken, signingAgent };
}

function parseObject(bytes: Buffer): JsonObject | string {
  if (!isUtf8(bytes)) return 'is not UTF-8';
  try {
    const value = parseStrictJson(bytes.toString('utf8'));
    return isJsonObject(value) ? value : 'is not a JSON object';
  } catch (error) {
    return `is not JSON that can be relied on (${messageOf(error)})`;
  }
}

/** RFC 7515 §2: no padding; one spelling only, so that nobody can change an envelope and keep it valid. */
function decodeBase64Url(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

function readTime(value: unknown): number | undefined {
  if (typeof value !== 'string' || !RFC_3339.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

function malformed(what: string): NotationFailure {
  return failure('MALFORMED_ENVELOPE', `the JWS envelope cannot be read: ${what}`);
}
