import { isAscii, isUtf8 } from 'node:buffer';
import type { DerElement } from '../../base/der.ts';
import { X509Error } from './x509-error.ts';

/** Reads octets of a string type; undefined for what the type does not have. */
type ReadText = (contents: Buffer) => string | undefined;

/** String types by their tags, as strict as Go is with them. */
const READERS: ReadonlyMap<number, ReadText> = new Map<number, ReadText>([
  // UTF8String
  [0x0c, (contents) => (isUtf8(contents) ? contents.toString('utf8') : undefined)],
  // NumericString
  [0x12, (contents) => matching(contents, /^[0-9 ]*$/)],
  // PrintableString, and `*` and `&`, which certificates have in them.
  [0x13, (contents) => matching(contents, /^[A-Za-z0-9 '()*&+,\-./:=?]*$/)],
  // T61String
  [0x14, (contents) => contents.toString('latin1')],
  // IA5String
  [0x16, (contents) => (isAscii(contents) ? contents.toString('latin1') : undefined)],
  // BMPString
  [0x1e, readBmp],
]);

/** Whether an element is of one of the string types. */
export function isDerText({ tag }: DerElement): boolean {
  return READERS.has(tag);
}

/** @throws {X509Error} for another type, and for what the type does not have. */
export function readDerText(element: DerElement): string {
  const text = READERS.get(element.tag)?.(element.contents);
  if (text !== undefined) return text;
  throw new X509Error(
    `x509: invalid attribute value: invalid or unsupported string of type ${element.tag}`,
  );
}

function matching(contents: Buffer, allowed: RegExp): string | undefined {
  const text = contents.toString('latin1');
  return allowed.test(text) ? text : undefined;
}

/** UCS-2 from the most significant byte, without surrogates and what Unicode leaves out; a NUL at its end is none. */
function readBmp(contents: Buffer): string | undefined {
  if (contents.length % 2 !== 0) return undefined;
  const text = Buffer.from(contents).swap16().toString('utf16le').replace(/\0$/, '');
  return /[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]/.test(text) ? undefined : text;
}

/** A text of ASCII in an element with a tag of its own. @throws {X509Error} */
export function readAscii({ contents }: DerElement, what: string): string {
  if (isAscii(contents)) return contents.toString('latin1');
  throw new X509Error(`x509: ${what} is malformed`);
}
