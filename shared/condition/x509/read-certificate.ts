import { DER_TAG, type DerElement, readDer } from '../../base/der.ts';
import { expectTag } from '../../base/der-values.ts';
import type { JsonObject } from '../../base/json-value.ts';
import { type Algorithm, readAlgorithm, signatureNumber } from './algorithm.ts';
import { readBitString, rightAligned } from './bit-string.ts';
import { certificateExtensions } from './certificate-extensions.ts';
import { contextTag, DerCursor } from './der-cursor.ts';
import { readDerText } from './der-text.ts';
import { readDerTime } from './der-time.ts';
import { readInteger, readNumber } from './der-values.ts';
import { type Extension, extensionJson, readExtension } from './extension.ts';
import { readPublicKey } from './public-key.ts';
import { readName } from './read-name.ts';
import { X509Error } from './x509-error.ts';

/**
 * A certificate as Go's `x509.Certificate` is in JSON (Go 1.26), its key as Kyverno has it. What Go refuses is
 * refused.
 * @throws {DerError | X509Error}
 */
export function readCertificate(der: Buffer): JsonObject {
  const outer = new DerCursor(readDer(der, DER_TAG.sequence).contents);
  const tbs = outer.take(DER_TAG.sequence);
  const signedWith = outer.take(DER_TAG.sequence);
  return {
    Raw: der.toString('base64'),
    RawTBSCertificate: tbs.raw.toString('base64'),
    ...readToBeSigned(new DerCursor(tbs.contents), signedWith),
    Signature: rightAligned(readBitString(outer.take(DER_TAG.bitString))).toString('base64'),
  };
}

/** RFC 5280 §4.1.2. */
function readToBeSigned(cursor: DerCursor, signedWith: DerElement): JsonObject {
  const version = readVersion(cursor.takeIf(contextTag(0, 'constructed')));
  const serial = readSerialNumber(cursor.take(DER_TAG.integer));
  const algorithm = readSignedWith(cursor.take(DER_TAG.sequence), signedWith);
  const issuer = cursor.take(DER_TAG.sequence);
  const validity = readValidity(cursor.take(DER_TAG.sequence));
  const subject = cursor.take(DER_TAG.sequence);
  const key = readPublicKey(cursor.take(DER_TAG.sequence));
  const extensions = version === 3 ? readExtensions(cursor) : [];
  return {
    Version: version,
    SerialNumber: serial,
    SignatureAlgorithm: signatureNumber(algorithm),
    RawIssuer: issuer.raw.toString('base64'),
    Issuer: readName(issuer, readDerText),
    ...validity,
    RawSubject: subject.raw.toString('base64'),
    Subject: readName(subject, readDerText),
    ...key,
    Extensions: extensions.length === 0 ? null : extensions.map(extensionJson),
    ExtraExtensions: null,
    ...certificateExtensions(extensions),
  };
}

/** Go counts from 1. */
function readVersion(field: DerElement | undefined): number {
  if (field === undefined) return 1;
  const version = readNumber(readDer(field.contents, DER_TAG.integer)) + 1;
  if (version >= 1 && version <= 3) return version;
  throw new X509Error('x509: invalid version');
}

/** As precise as a number of JSON is. */
function readSerialNumber(element: DerElement): number {
  const serial = readInteger(element);
  if (serial < 0n) throw new X509Error('x509: negative serial number');
  const number = Number(serial);
  if (Number.isFinite(number)) return number;
  throw new X509Error('json: cannot unmarshal number into Go value of type float64');
}

function readSignedWith(inner: DerElement, outer: DerElement): Algorithm {
  if (inner.contents.equals(outer.contents)) return readAlgorithm(inner);
  throw new X509Error("x509: inner and outer signature algorithm identifiers don't match");
}

function readValidity(element: DerElement): JsonObject {
  const cursor = new DerCursor(element.contents);
  const [notBefore, notAfter] = [cursor.takeAny(), cursor.takeAny()];
  if (notBefore === undefined || notAfter === undefined)
    throw new X509Error('x509: malformed validity');
  return { NotBefore: readDerTime(notBefore), NotAfter: readDerTime(notAfter) };
}

function readExtensions(cursor: DerCursor): readonly Extension[] {
  // Identifiers of issuer and subject, which nobody has used for decades.
  cursor.takeIf(contextTag(1));
  cursor.takeIf(contextTag(2));
  const field = cursor.takeIf(contextTag(3, 'constructed'));
  if (field === undefined) return [];
  const list = expectTag(new DerCursor(field.contents).takeAny(), DER_TAG.sequence);
  const extensions = new DerCursor(list.contents).rest.map(readExtension);
  checkOnce(extensions);
  return extensions;
}

/** RFC 5280 §4.2. */
function checkOnce(extensions: readonly Extension[]): void {
  const seen = new Set<string>();
  for (const { oid } of extensions) {
    if (seen.has(oid))
      throw new X509Error(
        `x509: certificate contains duplicate extension with OID ${JSON.stringify(oid)}`,
      );
    seen.add(oid);
  }
}
