import { createHash } from 'node:crypto';
import { type Extension, subjectKeyId } from './certificate.ts';
import {
  bitString,
  boolean,
  explicitTag,
  implicitTag,
  integer,
  octetString,
  oid,
  sequence,
  utf8String,
} from './der.ts';
import type { SigningKey } from './signing-key.ts';

/** Purposes of RFC 5280 §4.2.1.12. */
export const KEY_PURPOSE = {
  codeSigning: '1.3.6.1.5.5.7.3.3',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  timeStamping: '1.3.6.1.5.5.7.3.8',
} as const;

/** Fulcio's otherName for user names (fulcio oid-info.md, 1.3.6.1.4.1.57264.1.7). */
export const USERNAME_OID = '1.3.6.1.4.1.57264.1.7';

export type AltName =
  | { readonly kind: 'uri'; readonly value: string }
  | { readonly kind: 'email'; readonly value: string }
  | { readonly kind: 'dns'; readonly value: string }
  | { readonly kind: 'other'; readonly oid?: string; readonly value: string };

export function basicConstraints(ca: boolean, pathLength?: number): Extension {
  const length = pathLength === undefined ? [] : [integer(pathLength)];
  const value = ca ? sequence(boolean(true), ...length) : sequence();
  return { oid: '2.5.29.19', critical: true, value };
}

/** Key usage bits of RFC 5280 §4.2.1.3 by their position. */
const KEY_USAGE_BIT = {
  digitalSignature: 0,
  keyEncipherment: 2,
  keyCertSign: 5,
  crlSign: 6,
} as const;
export type KeyUsage = keyof typeof KEY_USAGE_BIT;

export function keyUsage(...usages: readonly KeyUsage[]): Extension {
  const bits: readonly number[] = usages.map((usage) => KEY_USAGE_BIT[usage]);
  const byte = bits.reduce((sum, bit) => sum + 0x80 / 2 ** bit, 0);
  const value = bitString(Buffer.from([byte]), 7 - Math.max(...bits));
  return { oid: '2.5.29.15', critical: true, value };
}

export function extendedKeyUsage(purposes: readonly string[], critical = false): Extension {
  return { oid: '2.5.29.37', critical, value: sequence(...purposes.map(oid)) };
}

export function subjectKeyIdentifier(key: SigningKey): Extension {
  return { oid: '2.5.29.14', value: octetString(subjectKeyId(key)) };
}

export function authorityKeyIdentifier(key: SigningKey): Extension {
  return { oid: '2.5.29.35', value: sequence(implicitTag(0, subjectKeyId(key))) };
}

/** Critical where the subject is empty, as Fulcio does (RFC 5280 §4.2.1.6). */
export function subjectAltName(names: readonly AltName[]): Extension {
  return { oid: '2.5.29.17', critical: true, value: sequence(...names.map(encodeAltName)) };
}

function encodeAltName(name: AltName): Buffer {
  switch (name.kind) {
    case 'other':
      return explicitTag(0, oid(name.oid ?? USERNAME_OID), explicitTag(0, utf8String(name.value)));
    case 'email':
      return implicitTag(1, Buffer.from(name.value));
    case 'dns':
      return implicitTag(2, Buffer.from(name.value));
    case 'uri':
      return implicitTag(6, Buffer.from(name.value));
  }
}

/** Name constraints (RFC 5280 §4.2.1.10) that permit one kind of name below `host` only. */
export function nameConstraints(kind: 'uri' | 'email' | 'dns', host: string): Extension {
  const tag = { email: 1, dns: 2, uri: 6 }[kind];
  const permitted = explicitTag(0, sequence(implicitTag(tag, Buffer.from(host))));
  return { oid: '2.5.29.30', critical: true, value: sequence(permitted) };
}

/** A critical extension that nobody knows: whoever meets it must refuse (RFC 5280 §4.2). */
export function unknownCritical(): Extension {
  const value = octetString(createHash('sha256').update('unknown').digest());
  return { oid: '1.3.6.1.4.1.99999.1', critical: true, value };
}
