import { DER_TAG, type DerElement } from '../../base/der.ts';
import type { JsonValue } from '../../base/json-value.ts';
import { readBitString } from './bit-string.ts';
import { isDerText, readDerText } from './der-text.ts';
import { readDerTime } from './der-time.ts';
import { readArcs, readBoolean, readNumber } from './der-values.ts';

const READERS: ReadonlyMap<number, (element: DerElement) => JsonValue> = new Map<
  number,
  (element: DerElement) => JsonValue
>([
  [DER_TAG.boolean, readBoolean],
  [DER_TAG.integer, readNumber],
  [DER_TAG.bitString, bitString],
  [DER_TAG.octetString, ({ contents }) => contents.toString('base64')],
  [DER_TAG.oid, readArcs],
  [DER_TAG.utcTime, readDerTime],
  [DER_TAG.generalizedTime, readDerTime],
]);

/**
 * An element of whatever type as Go makes JSON of it; null for what it does not know.
 * @throws {DerError | X509Error}
 */
export function readDerValue(element: DerElement): JsonValue {
  if (isDerText(element)) return readDerText(element);
  return READERS.get(element.tag)?.(element) ?? null;
}

function bitString(element: DerElement): JsonValue {
  const { bytes, bitLength } = readBitString(element);
  return { Bytes: bytes.toString('base64'), BitLength: bitLength };
}
