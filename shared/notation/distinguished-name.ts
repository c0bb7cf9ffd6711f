import { type Der, derItems } from './der.ts';
import { expectTag, sequence, TAG } from './der-tag.ts';
import { oidOf } from './der-values.ts';

/** Attributes of a certificate's subject by the short names of RFC 4514 §3, as notation writes them. */
export const ATTRIBUTE_NAMES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.5', 'SERIALNUMBER'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.17', 'POSTALCODE'],
]);

/** Which characters a string type of X.520 holds. Anything else has no text form. */
const STRING_ENCODINGS: ReadonlyMap<number, 'utf8' | 'latin1'> = new Map([
  [0x0c, 'utf8'],
  [0x12, 'latin1'],
  [0x13, 'latin1'],
  [0x14, 'latin1'],
  [0x16, 'latin1'],
]);

/** A subject or issuer of a certificate. */
export interface DistinguishedName {
  /** `CN=signer,O=Acme,ST=WA,C=US`, for messages. */
  readonly text: string;
  /** Attributes that occur once, by short name or dotted identifier. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Why no identity may be matched against it: what occurs twice has no single value to compare. */
  readonly ambiguous: boolean;
}

/** Reads a DER Name. @throws {DerError} */
export function readName(name: Der): DistinguishedName {
  const sets = sequence(name).map((set) => derItems(expectTag(set, TAG.set)).map(readAttribute));
  const pairs = sets.flat();
  const attributes = new Map(pairs);
  return {
    text: sets
      .toReversed()
      .map((set) => set.map(([key, value]) => `${key}=${escapeValue(value)}`).join('+'))
      .join(','),
    attributes,
    ambiguous: attributes.size !== pairs.length || sets.some((set) => set.length !== 1),
  };
}

function readAttribute(attribute: Der): readonly [string, string] {
  const [type, value] = sequence(attribute);
  const oid = oidOf(type);
  const encoding = STRING_ENCODINGS.get(value?.tag ?? 0);
  const text =
    encoding === undefined ? `#${value?.raw.toString('hex')}` : value?.content.toString(encoding);
  return [ATTRIBUTE_NAMES.get(oid) ?? oid, text ?? ''];
}

/** Control characters come from whoever wrote the certificate and must not reach a terminal. */
function escapeValue(value: string): string {
  return value
    .replaceAll(/[,+"\\<>;=]/g, (char) => `\\${char}`)
    .replaceAll(/\p{C}/gu, (char) => `\\${Buffer.from(char).toString('hex')}`);
}
