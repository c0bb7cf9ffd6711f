import { DER_TAG, type DerElement, readDer } from '../../base/der.ts';
import { expectTag } from '../../base/der-values.ts';
import type { JsonObject } from '../../base/json-value.ts';
import { readAlgorithm } from './algorithm.ts';
import { readBitString, rightAligned } from './bit-string.ts';
import { DerCursor } from './der-cursor.ts';
import { readInteger, readNumber } from './der-values.ts';
import { X509Error } from './x509-error.ts';

const RSA = '1.2.840.113549.1.1.1';

/** Go's number of RSA (`x509.PublicKeyAlgorithm`). */
const RSA_NUMBER = 1;

/** More than Go takes (`crypto/x509`, `ParsePKCS1PublicKey`). */
const MAX_EXPONENT = 2 ** 31 - 1;

/**
 * Fields about the public key of a SubjectPublicKeyInfo; only those of RSA are read, the modulus as decimal text
 * (Kyverno 1.19).
 * @throws {DerError | X509Error}
 */
export function readPublicKey(info: DerElement): JsonObject {
  const cursor = new DerCursor(expectTag(info, DER_TAG.sequence).contents);
  const { oid, parameters } = readAlgorithm(cursor.take(DER_TAG.sequence));
  if (oid !== RSA) throw new X509Error('certificate should use rsa algorithm');
  if (parameters?.raw.equals(Buffer.from([0x05, 0x00])) !== true)
    throw new X509Error('x509: RSA key missing NULL parameters');
  const key = readDer(
    rightAligned(readBitString(cursor.take(DER_TAG.bitString))),
    DER_TAG.sequence,
  );
  const numbers = new DerCursor(key.contents);
  const modulus = readInteger(numbers.take(DER_TAG.integer));
  const exponent = readNumber(numbers.take(DER_TAG.integer));
  if (modulus <= 0n || exponent <= 0 || exponent > MAX_EXPONENT)
    throw new X509Error('failed to parse subject public key info');
  return {
    RawSubjectPublicKeyInfo: info.raw.toString('base64'),
    PublicKeyAlgorithm: RSA_NUMBER,
    PublicKey: { N: modulus.toString(), E: exponent },
  };
}
