import { DER_TAG, type DerElement } from '../../base/der.ts';
import { expectTag } from '../../base/der-values.ts';
import { contextTag, DerCursor } from './der-cursor.ts';
import { readArcs, readNumber } from './der-values.ts';

/** An AlgorithmIdentifier. */
export interface Algorithm {
  readonly oid: string;
  readonly parameters: DerElement | undefined;
}

/** @throws {DerError | X509Error} */
export function readAlgorithm(element: DerElement): Algorithm {
  const cursor = new DerCursor(expectTag(element, DER_TAG.sequence).contents);
  return { oid: readArcs(cursor.take(DER_TAG.oid)).join('.'), parameters: cursor.takeAny() };
}

/** Go's numbers of signature algorithms; the first two are of hashes that it does not have any more. */
const SIGNATURES: ReadonlyMap<string, number> = new Map([
  ['1.2.840.113549.1.1.4', 2],
  ['1.2.840.113549.1.1.5', 3],
  ['1.3.14.3.2.29', 3],
  ['1.2.840.113549.1.1.11', 4],
  ['1.2.840.113549.1.1.12', 5],
  ['1.2.840.113549.1.1.13', 6],
  ['1.2.840.10040.4.3', 7],
  ['2.16.840.1.101.3.4.3.2', 8],
  ['1.2.840.10045.4.1', 9],
  ['1.2.840.10045.4.3.2', 10],
  ['1.2.840.10045.4.3.3', 11],
  ['1.2.840.10045.4.3.4', 12],
  ['1.3.101.112', 16],
]);

const UNKNOWN = 0;
const ED25519 = '1.3.101.112';
const RSA_PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';

/** Go's number of an algorithm, 0 for one that it does not know (`x509.SignatureAlgorithm`). */
export function signatureNumber(algorithm: Algorithm): number {
  const { oid, parameters } = algorithm;
  // RFC 8410 §3: it has no parameters.
  if (oid === ED25519 && parameters !== undefined) return UNKNOWN;
  return oid === RSA_PSS ? pssNumber(parameters) : (SIGNATURES.get(oid) ?? UNKNOWN);
}

interface PssHash {
  readonly number: number;
  readonly saltLength: number;
}

const PSS_HASHES: ReadonlyMap<string, PssHash> = new Map([
  ['2.16.840.1.101.3.4.2.1', { number: 13, saltLength: 32 }],
  ['2.16.840.1.101.3.4.2.2', { number: 14, saltLength: 48 }],
  ['2.16.840.1.101.3.4.2.3', { number: 15, saltLength: 64 }],
]);

/** RFC 4055 §3.1; Go knows one hash for everything, and salts as long as it. */
function pssNumber(parameters: DerElement | undefined): number {
  try {
    const cursor = new DerCursor(expectTag(parameters, DER_TAG.sequence).contents);
    const hash = readAlgorithm(inside(cursor, 0, DER_TAG.sequence));
    const mask = readAlgorithm(inside(cursor, 1, DER_TAG.sequence));
    const saltLength = readNumber(inside(cursor, 2, DER_TAG.integer));
    const trailer = cursor.takeIf(contextTag(3, 'constructed'));
    const known = PSS_HASHES.get(hash.oid);
    const isUsual =
      mask.oid === MGF1 &&
      isOfHash(mask, hash) &&
      isWithoutParameters(hash) &&
      (trailer === undefined || readNumber(inner(trailer, DER_TAG.integer)) === 1);
    return isUsual && saltLength === known?.saltLength ? known.number : UNKNOWN;
  } catch {
    // What cannot be read is no algorithm that is known.
    return UNKNOWN;
  }
}

function isOfHash({ parameters }: Algorithm, hash: Algorithm): boolean {
  if (parameters === undefined) return false;
  const own = readAlgorithm(parameters);
  return own.oid === hash.oid && isWithoutParameters(own);
}

/** Absent, or NULL. */
function isWithoutParameters({ parameters }: Algorithm): boolean {
  return parameters === undefined || parameters.raw.equals(Buffer.from([0x05, 0x00]));
}

function inside(cursor: DerCursor, number: number, tag: number): DerElement {
  return inner(cursor.take(contextTag(number, 'constructed')), tag);
}

function inner({ contents }: DerElement, tag: number): DerElement {
  return new DerCursor(contents).take(tag);
}
