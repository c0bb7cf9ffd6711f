import { DER_TAG, type DerElement, derElements, readDer } from '../../base/der.ts';
import { expectTag } from '../../base/der-values.ts';
import type { JsonObject, JsonValue } from '../../base/json-value.ts';
import { formatIpAddress, readIpAddress } from '../url/ip-address.ts';
import { contextTag, DerCursor } from './der-cursor.ts';
import { readAscii } from './der-text.ts';
import { isDomainName } from './domain-name.ts';
import type { Extension } from './extension.ts';
import { isMailbox } from './mailbox.ts';
import { X509Error } from './x509-error.ts';

export interface NameConstraints {
  readonly fields: JsonObject;
  /** Whether there are constraints of a kind that Go does not read. */
  readonly hasOthers: boolean;
}

type ReadConstraint = (base: DerElement) => JsonValue;

const FIELDS: ReadonlyMap<number, readonly [field: string, read: ReadConstraint]> = new Map<
  number,
  readonly [string, ReadConstraint]
>([
  [contextTag(1), ['EmailAddresses', readEmail]],
  [contextTag(2), ['DNSDomains', (base) => readDomain(base, 'dnsName')]],
  [contextTag(6), ['URIDomains', readUriDomain]],
  [contextTag(7), ['IPRanges', readRange]],
]);

/** Which names an authority may certify (RFC 5280 §4.2.1.10). @throws {DerError | X509Error} */
export function readNameConstraints({ value, isCritical }: Extension): NameConstraints {
  const cursor = new DerCursor(readDer(value, DER_TAG.sequence).contents);
  const permitted = cursor.takeIf(contextTag(0, 'constructed'));
  const excluded = cursor.takeIf(contextTag(1, 'constructed'));
  if (!cursor.isAtEnd) throw new X509Error('x509: invalid NameConstraints extension');
  const lists = [permitted, excluded].map((list) => list?.contents ?? Buffer.alloc(0));
  if (lists.every((contents) => contents.length === 0))
    throw new X509Error('x509: empty name constraints extension');
  const bases = lists.map((contents) => derElements(contents).map(readBase));
  return {
    fields: {
      PermittedDNSDomainsCritical: isCritical,
      ...fieldsOf('Permitted', bases[0] ?? []),
      ...fieldsOf('Excluded', bases[1] ?? []),
    },
    hasOthers: bases.flat().some(({ tag }) => !FIELDS.has(tag)),
  };
}

function readBase(subtree: DerElement): DerElement {
  const base = new DerCursor(expectTag(subtree, DER_TAG.sequence).contents).takeAny();
  if (base === undefined) throw new X509Error('x509: invalid NameConstraints extension');
  return base;
}

function fieldsOf(prefix: 'Permitted' | 'Excluded', bases: readonly DerElement[]): JsonObject {
  const lists = [...FIELDS].map(([tag, [field, read]]) => {
    const values = bases.filter((base) => base.tag === tag).map(read);
    return [`${prefix}${field}`, values.length === 0 ? null : values] as const;
  });
  return Object.fromEntries(lists);
}

function readDomain(base: DerElement, kind: string): string {
  const text = readAscii(base, `${kind} constraint`);
  if (isDomainName(text, 'constraint')) return text;
  throw new X509Error(`x509: failed to parse ${kind} constraint ${JSON.stringify(text)}`);
}

/** A mailbox, or all of a domain. */
function readEmail(base: DerElement): string {
  const text = readAscii(base, 'rfc822Name constraint');
  if (!text.includes('@')) return readDomain(base, 'rfc822Name');
  if (isMailbox(text)) return text;
  throw new X509Error(`x509: failed to parse rfc822Name constraint ${JSON.stringify(text)}`);
}

function readUriDomain(base: DerElement): string {
  const domain = readDomain(base, 'URI');
  if (readIpAddress(domain) === undefined) return domain;
  throw new X509Error(
    `x509: failed to parse URI constraint ${JSON.stringify(domain)}: cannot be IP address`,
  );
}

/** As `net.IPNet` has it in JSON. */
function readRange({ contents }: DerElement): JsonObject {
  if (contents.length !== 8 && contents.length !== 32)
    throw new X509Error(`x509: IP constraint contained value of length ${contents.length}`);
  const half = contents.length / 2;
  const mask = contents.subarray(half);
  const bits = mask.reduce((text, octet) => text + octet.toString(2).padStart(8, '0'), '');
  if (!/^1*0*$/.test(bits))
    throw new X509Error(`x509: IP constraint contained invalid mask ${mask.toString('hex')}`);
  return {
    IP: formatIpAddress(contents.subarray(0, half)) ?? '',
    Mask: mask.toString('base64'),
  };
}
