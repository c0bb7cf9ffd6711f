import { type Der, DerError, derItems } from './der.ts';

/** Identifier octets of the universal types that certificates, tokens and revocation lists use. */
export const TAG: Readonly<
  Record<
    | 'boolean'
    | 'integer'
    | 'bitString'
    | 'octetString'
    | 'oid'
    | 'enumerated'
    | 'utcTime'
    | 'generalizedTime'
    | 'sequence'
    | 'set',
    number
  >
> = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
};

/**
 * The element, if it is there and has the tag.
 * @throws {DerError} otherwise.
 */
export function expectTag(element: Der | undefined, tag: number): Der {
  if (element?.tag !== tag)
    throw new DerError(`expected tag ${tag}, found ${element?.tag ?? 'nothing'}`);
  return element;
}

/** The elements of a SEQUENCE. @throws {DerError} */
export function sequence(element: Der | undefined): readonly Der[] {
  return derItems(expectTag(element, TAG.sequence));
}
