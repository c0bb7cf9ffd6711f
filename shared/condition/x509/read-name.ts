import { DER_TAG, type DerElement, derElements } from '../../base/der.ts';
import { expectTag } from '../../base/der-values.ts';
import type { JsonObject, JsonValue } from '../../base/json-value.ts';
import { DerCursor } from './der-cursor.ts';
import { isDerText, readDerText } from './der-text.ts';
import { readDerValue } from './der-value.ts';
import { readArcs } from './der-values.ts';
import { X509Error } from './x509-error.ts';

/** Attributes that occur once, the last of them counting, and those that are collected (X.520). */
const SINGLE: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CommonName'],
  ['2.5.4.5', 'SerialNumber'],
]);
const COLLECTED: ReadonlyMap<string, string> = new Map([
  ['2.5.4.6', 'Country'],
  ['2.5.4.7', 'Locality'],
  ['2.5.4.8', 'Province'],
  ['2.5.4.9', 'StreetAddress'],
  ['2.5.4.10', 'Organization'],
  ['2.5.4.11', 'OrganizationalUnit'],
  ['2.5.4.17', 'PostalCode'],
]);

/**
 * A Name as `pkix.Name` has it in JSON.
 * @param readValue reads the value of an attribute.
 * @throws {DerError | X509Error}
 */
export function readName(
  name: DerElement,
  readValue: (element: DerElement) => JsonValue,
): JsonObject {
  const attributes = derElements(expectTag(name, DER_TAG.sequence).contents)
    .flatMap((set) => derElements(expectTag(set, DER_TAG.set).contents))
    .map(takeApart);
  const names = attributes.map(({ type, value }) => ({ Type: type, Value: readValue(value) }));
  return {
    ...Object.fromEntries([...COLLECTED.values()].map((field) => [field, null])),
    ...Object.fromEntries([...SINGLE.values()].map((field) => [field, ''])),
    ...namedFields(attributes),
    Names: names.length === 0 ? null : names,
    ExtraNames: null,
  };
}

/** An AttributeTypeAndValue. */
interface Attribute {
  readonly type: readonly number[];
  readonly value: DerElement;
}

/** An AttributeTypeAndValue as `pkix` has it in JSON, its value of whatever type. @throws {DerError | X509Error} */
export function attributeValueJson(attribute: DerElement): JsonObject {
  const { type, value } = takeApart(attribute);
  return { Type: type, Value: readDerValue(value) };
}

function takeApart(attribute: DerElement): Attribute {
  const cursor = new DerCursor(expectTag(attribute, DER_TAG.sequence).contents);
  const type = readArcs(cursor.take(DER_TAG.oid));
  const value = cursor.takeAny();
  if (value !== undefined) return { type, value };
  throw new X509Error('x509: invalid RDNSequence: invalid attribute value');
}

/** What is no text is among the names only. */
function namedFields(attributes: readonly Attribute[]): JsonObject {
  const singles = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  for (const { type, value } of attributes) {
    if (!isDerText(value)) continue;
    const single = SINGLE.get(type.join('.'));
    const collected = COLLECTED.get(type.join('.'));
    if (single !== undefined) singles.set(single, readDerText(value));
    if (collected !== undefined)
      lists.set(collected, [...(lists.get(collected) ?? []), readDerText(value)]);
  }
  return { ...Object.fromEntries(singles), ...Object.fromEntries(lists) };
}
