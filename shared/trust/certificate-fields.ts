import { DER_TAG, type DerElement, derElements, readDer } from '../base/der.ts';
import { readOid } from '../base/der-values.ts';
import type { Certificate } from './certificate.ts';

/** Extensions of RFC 5280 §4.2.1. */
export const EXTENSION = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** What a certificate says it may be used for. */
export interface CertificateFields {
  readonly isAuthority: boolean;
  /** Authorities below this one, at most; undefined for any number. */
  readonly pathLength: number | undefined;
  /** Undefined where there is no key usage extension, which allows everything. */
  readonly usage:
    { readonly digitalSignature: boolean; readonly signCertificates: boolean } | undefined;
  /** Purposes by object identifier; undefined where there is no such extension. */
  readonly purposes: readonly string[] | undefined;
}

/**
 * @throws {DerError} if one of these extensions is malformed.
 */
export function certificateFields({ extensions }: Certificate): CertificateFields {
  const constraints = extensions.get(EXTENSION.basicConstraints);
  const usage = extensions.get(EXTENSION.keyUsage);
  const purposes = extensions.get(EXTENSION.extendedKeyUsage);
  return {
    ...readConstraints(constraints?.value),
    usage: usage === undefined ? undefined : readUsage(usage.value),
    purposes:
      purposes === undefined
        ? undefined
        : derElements(readDer(purposes.value, DER_TAG.sequence).contents).map(readOid),
  };
}

function readConstraints(
  value: Buffer | undefined,
): Pick<CertificateFields, 'isAuthority' | 'pathLength'> {
  if (value === undefined) return { isAuthority: false, pathLength: undefined };
  const [first, second] = derElements(readDer(value, DER_TAG.sequence).contents);
  const isAuthority = first?.tag === DER_TAG.boolean && first.contents[0] === 0xff;
  return { isAuthority, pathLength: readPathLength(isAuthority ? second : undefined) };
}

function readPathLength(element: DerElement | undefined): number | undefined {
  if (element === undefined) return undefined;
  // A negative or huge number stands for "none below": the strictest reading.
  const [value = 0] = element.contents;
  return element.contents.length === 1 && value < 0x80 ? value : 0;
}

/** BIT STRING: a count of unused bits, then bits from the top: digitalSignature is 0, keyCertSign is 5. */
function readUsage(value: Buffer): NonNullable<CertificateFields['usage']> {
  const [, bits = 0] = readDer(value, DER_TAG.bitString).contents;
  return { digitalSignature: (bits & 0x80) !== 0, signCertificates: (bits & 0x04) !== 0 };
}
