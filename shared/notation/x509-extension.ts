import { type Der, DerError, derItems } from './der.ts';
import { expectTag, sequence, TAG } from './der-tag.ts';
import { oidOf } from './der-values.ts';

/** An extension of a certificate, of a revocation list or of one of its entries. */
export interface Extension {
  readonly critical: boolean;
  readonly value: Buffer;
}

/**
 * The extensions in an explicitly tagged field. None may occur twice (RFC 5280 §4.2): two readers could see
 * different ones.
 * @throws {DerError}
 */
export function readExtensions(field: Der | undefined): ReadonlyMap<string, Extension> {
  if (field === undefined) return new Map();
  const [list] = derItems(field);
  const extensions = sequence(list).map(readExtension);
  const byOid = new Map(extensions);
  if (byOid.size !== extensions.length) throw new DerError('an extension occurs twice');
  return byOid;
}

/** Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }. @throws {DerError} */
export function readExtension(element: Der): readonly [string, Extension] {
  const [id, ...rest] = sequence(element);
  const critical = rest[0]?.tag === TAG.boolean ? rest.shift() : undefined;
  const value = expectTag(rest[0], TAG.octetString).content;
  return [oidOf(id), { critical: critical !== undefined && critical.content[0] !== 0, value }];
}
