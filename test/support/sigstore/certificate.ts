import { createHash, randomBytes } from 'node:crypto';
import {
  bitString,
  boolean,
  explicitTag,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  time,
  utf8String,
} from './der.ts';
import type { SigningKey } from './signing-key.ts';

export interface Extension {
  readonly oid: string;
  readonly critical?: boolean;
  /** DER of the extension's value, without the OCTET STRING around it. */
  readonly value: Buffer;
}

/** Subject or issuer; an empty name is what Fulcio's leaves have. */
export interface DistinguishedName {
  readonly organization?: string;
  readonly commonName?: string;
}

export interface CertificateFields {
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: SigningKey;
  readonly extensions: readonly Extension[];
  /** Magnitude; random by default. */
  readonly serial?: Buffer;
}

/** A certificate that was made, with what its children need. */
export interface MadeCertificate extends CertificateFields {
  readonly der: Buffer;
  readonly pem: string;
  readonly serial: Buffer;
}

/** Signs a certificate (RFC 5280 §4.1) with the issuer's key; nothing about it is checked. */
export function makeCertificate(fields: CertificateFields, issuerKey: SigningKey): MadeCertificate {
  const serial = fields.serial ?? randomSerial();
  const tbs = tbsCertificate({ ...fields, serial }, issuerKey);
  const der = sequence(tbs, issuerKey.signatureAlgorithm, bitString(issuerKey.sign(tbs)));
  return { ...fields, serial, der, pem: certificatePem(der) };
}

/** The part of a certificate that is signed; without the SCT extension, what a CT log signs. */
export function tbsCertificate(
  fields: CertificateFields & { readonly serial: Buffer },
  issuerKey: SigningKey,
): Buffer {
  return sequence(
    explicitTag(0, integer(2)),
    integer(fields.serial),
    issuerKey.signatureAlgorithm,
    encodeName(fields.issuer),
    sequence(time(fields.notBefore), time(fields.notAfter)),
    encodeName(fields.subject),
    fields.publicKey.spki,
    explicitTag(3, sequence(...fields.extensions.map(encodeExtension))),
  );
}

/** Twenty bytes at most, positive, no leading zero (RFC 5280 §4.1.2.2). */
export function randomSerial(): Buffer {
  return Buffer.concat([Buffer.from([0x41]), randomBytes(15)]);
}

export function certificatePem(der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** RFC 5280 §4.2.1.2, method 1, near enough: any value that tells keys apart will do. */
export function subjectKeyId({ spki }: SigningKey): Buffer {
  return createHash('sha1').update(spki).digest();
}

export function encodeName({ organization, commonName }: DistinguishedName): Buffer {
  const attributes: readonly (readonly [string, string | undefined])[] = [
    ['2.5.4.10', organization],
    ['2.5.4.3', commonName],
  ];
  return sequence(
    ...attributes.flatMap(([type, value]) =>
      value === undefined ? [] : [setOf(sequence(oid(type), utf8String(value)))],
    ),
  );
}

function encodeExtension({ oid: id, critical, value }: Extension): Buffer {
  const flag = critical === true ? [boolean(true)] : [];
  return sequence(oid(id), ...flag, octetString(value));
}
