import { DER_TAG, type DerElement, derElements } from '../../base/der.ts';
import { expectTag, readOid } from '../../base/der-values.ts';
import type { JsonObject, JsonValue } from '../../base/json-value.ts';
import { NO_ALTERNATIVE_NAMES, readAlternativeNames } from './alternative-names.ts';
import { readBitString } from './bit-string.ts';
import { contextTag, DerCursor } from './der-cursor.ts';
import { goText } from '../go-text.ts';
import { readArcs, readBoolean, readInteger, readNumber } from './der-values.ts';
import type { Extension } from './extension.ts';
import { readNameConstraints } from './name-constraints.ts';
import { sequenceIn } from './sequence-in.ts';
import { X509Error } from './x509-error.ts';

/** What an extension says, by Go's fields; undefined where Go does not know it. */
type ReadExtension = (extension: Extension) => JsonObject | undefined;

/** Fields that extensions fill in, as they are without any. */
const NOTHING: JsonObject = {
  ...NO_ALTERNATIVE_NAMES,
  KeyUsage: 0,
  ExtKeyUsage: null,
  UnknownExtKeyUsage: null,
  BasicConstraintsValid: false,
  IsCA: false,
  MaxPathLen: 0,
  MaxPathLenZero: false,
  SubjectKeyId: null,
  AuthorityKeyId: null,
  OCSPServer: null,
  IssuingCertificateURL: null,
  PermittedDNSDomainsCritical: false,
  PermittedDNSDomains: null,
  ExcludedDNSDomains: null,
  PermittedIPRanges: null,
  ExcludedIPRanges: null,
  PermittedEmailAddresses: null,
  ExcludedEmailAddresses: null,
  PermittedURIDomains: null,
  ExcludedURIDomains: null,
  CRLDistributionPoints: null,
  PolicyIdentifiers: null,
  Policies: null,
  InhibitAnyPolicy: 0,
  InhibitAnyPolicyZero: false,
  InhibitPolicyMapping: 0,
  InhibitPolicyMappingZero: false,
  RequireExplicitPolicy: 0,
  RequireExplicitPolicyZero: false,
  PolicyMappings: null,
};

/** RFC 5280 §4.2.1 and §4.2.2. */
const READERS: ReadonlyMap<string, ReadExtension> = new Map<string, ReadExtension>([
  ['2.5.29.14', readSubjectKeyId],
  ['2.5.29.15', readKeyUsage],
  ['2.5.29.17', ({ value }) => readAlternativeNames(value)],
  ['2.5.29.19', readBasicConstraints],
  ['2.5.29.31', readDistributionPoints],
  ['2.5.29.32', readPolicies],
  ['2.5.29.33', readPolicyMappings],
  ['2.5.29.35', readAuthorityKeyId],
  ['2.5.29.36', readPolicyConstraints],
  ['2.5.29.37', readExtendedKeyUsage],
  ['2.5.29.54', readInhibitAnyPolicy],
  ['1.3.6.1.5.5.7.1.1', readAuthorityInformation],
]);

const NAME_CONSTRAINTS = '2.5.29.30';

/** All fields about extensions, critical ones that Go does not know among them. @throws {DerError | X509Error} */
export function certificateExtensions(extensions: readonly Extension[]): JsonObject {
  const unknown: (readonly number[])[] = [];
  let fields = NOTHING;
  for (const extension of extensions) {
    const { found, isKnown } = readExtensionFields(extension);
    fields = { ...fields, ...found };
    if (extension.isCritical && !isKnown) unknown.push(extension.arcs);
  }
  return { ...fields, UnhandledCriticalExtensions: listOf(unknown) };
}

function readExtensionFields(extension: Extension): {
  readonly found: JsonObject | undefined;
  readonly isKnown: boolean;
} {
  if (extension.oid === NAME_CONSTRAINTS) {
    const { fields, hasOthers } = readNameConstraints(extension);
    return { found: fields, isKnown: !hasOthers };
  }
  const found = READERS.get(extension.oid)?.(extension);
  return { found, isKnown: found !== undefined };
}

/** Go tells no empty list from none. */
function listOf(items: readonly JsonValue[]): JsonValue {
  return items.length === 0 ? null : items;
}

/** The element that an extension consists of; what follows it is passed over (Go). */
function first(value: Buffer, tag: number): DerElement {
  return expectTag(derElements(value)[0], tag);
}

function notCritical({ isCritical }: Extension, what: string): void {
  if (isCritical) throw new X509Error(`x509: ${what} incorrectly marked critical`);
}

function readSubjectKeyId(extension: Extension): JsonObject {
  notCritical(extension, 'subject key identifier');
  const { contents } = first(extension.value, DER_TAG.octetString);
  return { SubjectKeyId: contents.toString('base64') };
}

function readAuthorityKeyId(extension: Extension): JsonObject {
  notCritical(extension, 'authority key identifier');
  const id = sequenceIn(extension.value).takeIf(contextTag(0));
  return { AuthorityKeyId: id === undefined ? null : id.contents.toString('base64') };
}

/** Nine bits, of which the first is Go's lowest. */
function readKeyUsage({ value }: Extension): JsonObject {
  const { bytes } = readBitString(derElements(value)[0]);
  const bits = Array.from({ length: 9 }, (_, bit) => {
    const octet = bytes[bit >> 3] ?? 0;
    return ((octet >> (7 - (bit & 7))) & 1) << bit;
  });
  return { KeyUsage: bits.reduce((sum, bit) => sum | bit, 0) };
}

/** The largest number that Go takes for the length of a path. */
const MAX_INT = 2n ** 63n - 1n;

function readBasicConstraints({ value }: Extension): JsonObject {
  const cursor = sequenceIn(value);
  const authority = cursor.takeIf(DER_TAG.boolean);
  const length = cursor.takeIf(DER_TAG.integer);
  const most = length === undefined ? -1n : readInteger(length);
  if (length !== undefined && (most < 0n || most > MAX_INT))
    throw new X509Error('x509: invalid basic constraints');
  return {
    BasicConstraintsValid: true,
    IsCA: authority !== undefined && readBoolean(authority),
    MaxPathLen: Number(most),
    MaxPathLenZero: most === 0n,
  };
}

const URI = contextTag(6);

function readDistributionPoints({ value }: Extension): JsonObject {
  return { CRLDistributionPoints: listOf(sequenceIn(value).rest.flatMap(pointUris)) };
}

/** The names of a distribution point, up to the first that is no URI. */
function pointUris(point: DerElement): readonly string[] {
  const cursor = new DerCursor(expectTag(point, DER_TAG.sequence).contents);
  const name = cursor.takeIf(contextTag(0, 'constructed'));
  if (name === undefined) return [];
  const fullName = new DerCursor(name.contents).take(contextTag(0, 'constructed'));
  const names = derElements(fullName.contents);
  const end = names.findIndex(({ tag }) => tag !== URI);
  return names.slice(0, end < 0 ? undefined : end).map(({ contents }) => goText(contents));
}

const OCSP = '1.3.6.1.5.5.7.48.1';
const ISSUERS = '1.3.6.1.5.5.7.48.2';

function readAuthorityInformation(extension: Extension): JsonObject {
  notCritical(extension, 'authority info access');
  const places = sequenceIn(extension.value).rest.map((description) => {
    const cursor = new DerCursor(expectTag(description, DER_TAG.sequence).contents);
    const method = readArcs(cursor.take(DER_TAG.oid)).join('.');
    return { method, uri: cursor.takeIf(URI) };
  });
  const urisOf = (wanted: string): JsonValue =>
    listOf(
      places.flatMap(({ method, uri }) =>
        method === wanted && uri !== undefined ? [goText(uri.contents)] : [],
      ),
    );
  return { OCSPServer: urisOf(OCSP), IssuingCertificateURL: urisOf(ISSUERS) };
}

function readPolicies({ value }: Extension): JsonObject {
  const policies = sequenceIn(value).rest.map((policy) =>
    readOid(new DerCursor(expectTag(policy, DER_TAG.sequence).contents).take(DER_TAG.oid)),
  );
  if (new Set(policies).size !== policies.length)
    throw new X509Error('x509: invalid certificate policies');
  const arcs = policies.map((policy) => policy.split('.').map(Number));
  return {
    Policies: listOf(policies),
    PolicyIdentifiers: arcs.filter((numbers) => numbers.every((arc) => arc < 2 ** 31)),
  };
}

function readPolicyMappings({ value }: Extension): JsonObject {
  const mappings = sequenceIn(value).rest.map((mapping) => {
    const cursor = new DerCursor(expectTag(mapping, DER_TAG.sequence).contents);
    return {
      IssuerDomainPolicy: readOid(cursor.take(DER_TAG.oid)),
      SubjectDomainPolicy: readOid(cursor.take(DER_TAG.oid)),
    };
  });
  return { PolicyMappings: listOf(mappings) };
}

function readPolicyConstraints({ value }: Extension): JsonObject {
  const cursor = sequenceIn(value);
  return {
    ...counted('RequireExplicitPolicy', cursor.takeIf(contextTag(0))),
    ...counted('InhibitPolicyMapping', cursor.takeIf(contextTag(1))),
  };
}

function readInhibitAnyPolicy({ value }: Extension): JsonObject {
  return counted('InhibitAnyPolicy', first(value, DER_TAG.integer));
}

/** A number, and whether it was written and is zero. */
function counted(field: string, element: DerElement | undefined): JsonObject {
  if (element === undefined) return {};
  const value = readNumber(element);
  return { [field]: value, [`${field}Zero`]: value === 0 };
}

/** Purposes in Go's order (`x509.ExtKeyUsage`). */
const PURPOSES: readonly string[] = [
  '2.5.29.37.0',
  '1.3.6.1.5.5.7.3.1',
  '1.3.6.1.5.5.7.3.2',
  '1.3.6.1.5.5.7.3.3',
  '1.3.6.1.5.5.7.3.4',
  '1.3.6.1.5.5.7.3.5',
  '1.3.6.1.5.5.7.3.6',
  '1.3.6.1.5.5.7.3.7',
  '1.3.6.1.5.5.7.3.8',
  '1.3.6.1.5.5.7.3.9',
  '1.3.6.1.4.1.311.10.3.3',
  '2.16.840.1.113730.4.1',
  '1.3.6.1.4.1.311.2.1.22',
  '1.3.6.1.4.1.311.61.1.1',
];

function readExtendedKeyUsage({ value }: Extension): JsonObject {
  const usages = sequenceIn(value).rest.map(readArcs);
  const numbers = usages.map((usage) => PURPOSES.indexOf(usage.join('.')));
  return {
    ExtKeyUsage: listOf(numbers.filter((number) => number >= 0)),
    UnknownExtKeyUsage: listOf(usages.filter((_, index) => (numbers[index] ?? -1) < 0)),
  };
}
