import { DER_TAG, type DerElement, derElements, readDer } from '../../base/der.ts';
import { expectTag } from '../../base/der-values.ts';
import type { JsonObject, JsonValue } from '../../base/json-value.ts';
import { readAlgorithm, signatureNumber } from './algorithm.ts';
import { NO_ALTERNATIVE_NAMES, readAlternativeNames } from './alternative-names.ts';
import { readBitString, rightAligned } from './bit-string.ts';
import { contextTag, DerCursor } from './der-cursor.ts';
import { readDerValue } from './der-value.ts';
import { readArcs, readNumber } from './der-values.ts';
import { type Extension, extensionJson, readExtension } from './extension.ts';
import { readPublicKey } from './public-key.ts';
import { attributeValueJson, readName } from './read-name.ts';
import { X509Error } from './x509-error.ts';

const SUBJECT_ALT_NAME = '2.5.29.17';

/**
 * A request for a certificate as Go's `x509.CertificateRequest` is in JSON (Go 1.26), its key as Kyverno has it.
 * @throws {DerError | X509Error}
 */
export function readRequest(der: Buffer): JsonObject {
  const outer = new DerCursor(readDer(der, DER_TAG.sequence).contents);
  const info = outer.take(DER_TAG.sequence);
  const algorithm = readAlgorithm(outer.take(DER_TAG.sequence));
  return {
    Raw: der.toString('base64'),
    RawTBSCertificateRequest: info.raw.toString('base64'),
    ...readInfo(new DerCursor(info.contents)),
    SignatureAlgorithm: signatureNumber(algorithm),
    Signature: rightAligned(readBitString(outer.take(DER_TAG.bitString))).toString('base64'),
  };
}

/** RFC 2986 §4.1. */
function readInfo(cursor: DerCursor): JsonObject {
  const version = readNumber(cursor.take(DER_TAG.integer));
  const subject = cursor.take(DER_TAG.sequence);
  const key = readPublicKey(cursor.take(DER_TAG.sequence));
  const attributes = derElements(cursor.take(contextTag(0, 'constructed')).contents);
  const extensions = readExtensions(attributes);
  return {
    Version: version,
    RawSubject: subject.raw.toString('base64'),
    Subject: readName(subject, readDerValue),
    ...key,
    Attributes: listOf(attributes.flatMap(attributeJson)),
    Extensions: listOf(extensions.map(extensionJson)),
    ExtraExtensions: null,
    ...alternativeNames(extensions),
  };
}

function listOf(items: readonly JsonValue[]): JsonValue {
  return items.length === 0 ? null : items;
}

/** Of several such extensions the last one counts, as in Go. */
function alternativeNames(extensions: readonly Extension[]): JsonObject {
  const named = extensions.filter(({ oid }) => oid === SUBJECT_ALT_NAME);
  const [last] = named.map(({ value }) => readAlternativeNames(value)).slice(-1);
  return last ?? NO_ALTERNATIVE_NAMES;
}

/** Go shows attributes whose values look like lists of other attributes, such as extensions do, and no others. */
function attributeJson(attribute: DerElement): readonly JsonObject[] {
  try {
    const cursor = new DerCursor(expectTag(attribute, DER_TAG.sequence).contents);
    const type = readArcs(cursor.take(DER_TAG.oid));
    const values = derElements(cursor.take(DER_TAG.set).contents).map((value) =>
      derElements(expectTag(value, DER_TAG.sequence).contents).map(attributeValueJson),
    );
    return [{ Type: type, Value: values }];
  } catch {
    return [];
  }
}

/** PKCS #9: what the certificate is to have for extensions (RFC 2985 §5.4.2). */
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';

function readExtensions(attributes: readonly DerElement[]): readonly Extension[] {
  const extensions = attributes.flatMap((attribute) => {
    const list = extensionList(attribute);
    return list === undefined ? [] : derElements(list.contents).map(readExtension);
  });
  if (new Set(extensions.map(({ oid }) => oid)).size === extensions.length) return extensions;
  throw new X509Error('x509: certificate request contains duplicate requested extensions');
}

/** The first value of an attribute about extensions; undefined for others, and for what is none. */
function extensionList(attribute: DerElement): DerElement | undefined {
  const [type, values] = derElements(attribute.contents);
  if (attribute.tag !== DER_TAG.sequence || type?.tag !== DER_TAG.oid) return undefined;
  if (readArcs(type).join('.') !== EXTENSION_REQUEST || values?.tag !== DER_TAG.set)
    return undefined;
  const [first] = derElements(values.contents);
  return first === undefined ? undefined : expectTag(first, DER_TAG.sequence);
}
